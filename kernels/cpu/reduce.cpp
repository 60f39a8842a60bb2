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

std::size_t CpuBackend::do_column_sums_scratch(std::int64_t n, std::int64_t c) const {
  return static_cast<std::size_t>(block_count(n) * c) * sizeof(float);
}

void CpuBackend::do_column_sums(Stream& stream, ConstMat x, Vec<float> out) {
  float* const parts = static_cast<float*>(stream.scratch);  // [blocks, c]
  for_each_block(threads_, x.rows, [&](std::int64_t b, std::int64_t row, std::int64_t rows) {
    kernels_.column.sum(x.row(row), x.ld, rows, x.cols, parts + b * x.cols);
  });
  join_sums(threads_, parts, x.cols, block_count(x.rows), x.cols, [&](std::int64_t j, double sum) {
    out[j] = static_cast<float>(static_cast<double>(out[j]) + sum);
  });
}

void CpuBackend::do_argmax(Stream&, ConstMat x, Vec<std::int32_t> out) {
  parallel_ranges(threads_, x.rows, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) out[i] = argmax_of(x.row(i), x.cols);
  });
}

void CpuBackend::do_count_correct(Stream&, ConstMat logits, Vec<const std::int32_t> labels,
                                  Vec<const std::uint8_t> part, Vec<std::int64_t> correct) {
  std::fill(correct.begin(), correct.end(), 0);
  parallel_ranges(threads_, logits.rows, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t counts[kSplitParts] = {};
    for (std::int64_t i = begin; i < end; ++i) {
      if (part[i] < kSplitParts && is_argmax(logits.row(i), logits.cols, labels[i])) ++counts[part[i]];
    }
    for (int p = 0; p < kSplitParts; ++p) {
      std::atomic_ref<std::int64_t>(correct[p]).fetch_add(counts[p], std::memory_order_relaxed);
    }
  });
}

}  // namespace weft::cpu
