// y += A^T x on the CPU: fixed blocks of rows of A leave partial results, which are added in order. How many
// blocks there are depends on the shape alone, so the bits do not depend on the threads. The sums are in
// spmm_tn_kernels.cpp.
#include <algorithm>

#include "kernels/cpu/cpu_backend.hpp"
#include "kernels/cpu/parallel.hpp"

namespace weft::cpu {
namespace {

constexpr std::int64_t kMaxBlocks = 16;
/// Multiply-adds of a block: fewer are not worth a thread and a partial result.
constexpr std::int64_t kBlockWork = std::int64_t{1} << 19;
/// Entries of A for each row of a partial result at least, so that joining costs a fraction of summing.
constexpr std::int64_t kEntriesPerRow = 8;
constexpr std::int64_t kMaxPartBytes = std::int64_t{16} << 20;
/// Rows of y that a thread joins at a time at least.
constexpr std::int64_t kJoinRows = 64;

int block_count(const CsrView& a, std::int64_t h) {
  const std::int64_t part_bytes = a.num_cols * h * static_cast<std::int64_t>(sizeof(float));
  return static_cast<int>(std::clamp<std::int64_t>(
      std::min({(a.num_edges * h + kBlockWork - 1) / kBlockWork, a.num_edges / (kEntriesPerRow * a.num_cols),
                kMaxPartBytes / part_bytes}),
      1, kMaxBlocks));
}

}  // namespace

std::size_t CpuBackend::do_scratch(const SpmmTn& op) const {
  const int blocks = block_count(op.a, op.x.cols);
  return blocks == 1 ? 0 : static_cast<std::size_t>(blocks * op.a.num_cols * op.x.cols) * sizeof(float);
}

void CpuBackend::do_run(Stream& stream, const SpmmTn& op) {
  const SpmmTnArguments arguments{op.a.offsets, op.a.cols, op.a.weights, op.x.f32(), op.x.ld, op.x.cols};
  const int blocks = block_count(op.a, op.x.cols);
  if (blocks == 1) return kernels_.spmm_tn.add_rows(arguments, 0, op.a.num_rows, op.y.f32(), op.y.ld);

  auto* const parts = static_cast<float*>(stream.scratch);  // [blocks, c, h]
  const std::int64_t size = op.a.num_cols * op.x.cols;
  parallel_ranges(threads_, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const Range rows = split(op.a.num_rows, static_cast<int>(block), blocks);
      float* part = parts + block * size;
      std::fill_n(part, size, 0.0f);
      kernels_.spmm_tn.add_rows(arguments, rows.begin, rows.end, part, op.x.cols);
    }
  });
  parallel_ranges(threads_, op.a.num_cols, kJoinRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (int block = 0; block < blocks; ++block) {
        const float* part = parts + block * size + i * op.x.cols;
        for (std::int64_t j = 0; j < op.x.cols; ++j) op.y.row(i)[j] += part[j];
      }
    }
  });
}

}  // namespace weft::cpu
