// Column sums, and what is counted per row: argmax and correct predictions.
#include <algorithm>
#include <atomic>

#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {
namespace {

/// The first column of the largest value; NaN counts as smallest.
std::int32_t argmax_of(const float* row, std::int64_t k) {
  std::int64_t best = 0;
  float largest = row[0];
  for (std::int64_t j = 1; j < k; ++j) {
    // While the largest is NaN, every value that is none is larger: the comparison is then false.
    const bool larger = row[j] > largest || (largest != largest && row[j] == row[j]);
    if (larger) {
      best = j;
      largest = row[j];
    }
  }
  return static_cast<std::int32_t>(best);
}

/// Whether argmax_of(row, k) == column, for any column: no value before it is as large, and none behind it
/// larger. Without branches, which a row of logits would have guessed wrong several times.
bool is_argmax(const float* row, std::int64_t k, std::int64_t column) {
  if (column < 0 || column >= k) return false;
  const float value = row[column];
  if (value != value) return argmax_of(row, k) == column;
  int larger = 0;
  for (std::int64_t j = 0; j < column; ++j) larger += row[j] >= value ? 1 : 0;
  for (std::int64_t j = column + 1; j < k; ++j) larger += row[j] > value ? 1 : 0;
  return larger == 0;
}

}  // namespace

std::size_t CpuBackend::do_scratch(const ColumnSums& op) const {
  return static_cast<std::size_t>(block_count(op.x.rows) * op.x.cols) * sizeof(float);
}

void CpuBackend::do_run(Stream& stream, const ColumnSums& op) {
  float* const parts = static_cast<float*>(stream.scratch);  // [blocks, c]
  for_each_block(threads_, op.x.rows, [&](std::int64_t b, std::int64_t row, std::int64_t rows) {
    kernels_.column.sum(op.x.row(row), op.x.ld, rows, op.x.cols, parts + b * op.x.cols);
  });
  join_sums(threads_, parts, op.x.cols, block_count(op.x.rows), op.x.cols, [&](std::int64_t j, double sum) {
    op.out[j] = static_cast<float>(static_cast<double>(op.out[j]) + sum);
  });
}

void CpuBackend::do_run(Stream&, const Argmax& op) {
  parallel_ranges(threads_, op.x.rows, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) op.out[i] = argmax_of(op.x.row(i), op.x.cols);
  });
}

void CpuBackend::do_run(Stream&, const CountCorrect& op) {
  std::fill(op.correct.begin(), op.correct.end(), 0);
  parallel_ranges(threads_, op.logits.rows, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t counts[kSplitParts] = {};
    for (std::int64_t i = begin; i < end; ++i) {
      if (op.part[i] < kSplitParts && is_argmax(op.logits.row(i), op.logits.cols, op.labels[i]))
        ++counts[op.part[i]];
    }
    for (int p = 0; p < kSplitParts; ++p) {
      std::atomic_ref<std::int64_t>(op.correct[p]).fetch_add(counts[p], std::memory_order_relaxed);
    }
  });
}

}  // namespace weft::cpu
