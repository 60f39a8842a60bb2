// y = A x on the CPU. Rows are cut into pieces of about as many edges (and rows, which cost a store each),
// and whoever is free takes the next: neighbours that lie near each other make some pieces quicker than
// others. Moments of y's columns are taken of every block of rows while it is in the cache. The sums are in
// spmm_kernels.cpp.
#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"
#include "kernels/cpu/parallel.hpp"
#include "kernels/cpu/streamed.hpp"

namespace weft::cpu {
namespace {

/// The first row r for which edges before r plus rows before r reach `cost`.
std::int64_t row_at_cost(const CsrView& a, std::int64_t cost) {
  std::int64_t low = 0;
  std::int64_t high = a.num_rows;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (a.offsets[middle] + middle < cost) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// Below this many multiply-adds waking threads costs more than it saves.
constexpr std::int64_t kSerialWork = 1 << 16;
/// Pieces per thread: so many that the last one to end is not waited for, each still far longer than taking
/// it.
constexpr std::int64_t kPieces = 32;

}  // namespace

std::size_t CpuBackend::do_scratch(const Spmm& op) const {
  const Moments& moments = op.options.moments;
  return moments.count == nullptr ? 0 : do_scratch(BatchNormStatistics{op.y, moments});
}

void CpuBackend::do_run(Stream& stream, const Spmm& op) {
  const bool wants_moments = op.options.moments.count != nullptr;
  const bool adds = op.options.beta != 0.0f;
  const SpmmArguments arguments{op.a.offsets,
                                op.a.cols,
                                op.a.weights,
                                or_null(op.options.row_scale),
                                or_null(op.options.col_scale),
                                or_null(op.options.bias),
                                adds,
                                op.x.f32(),
                                op.x.ld,
                                op.y.f32(),
                                op.y.ld,
                                op.x.cols,
                                op.a.num_edges,
                                !wants_moments && !adds && is_streamed(op.y)};
  float* const parts = static_cast<float*>(stream.scratch);
  const std::int64_t unit = wants_moments ? kBlockRows : 1;
  const std::int64_t cost = op.a.num_edges + op.a.num_rows;
  const int threads = cost * op.x.cols < kSerialWork ? 1 : threads_;
  const std::int64_t pieces = threads == 1 ? 1 : threads * kPieces;
  const auto border = [&](std::int64_t piece) {
    return piece == pieces ? op.a.num_rows : row_at_cost(op.a, cost * piece / pieces) / unit * unit;
  };
  parallel_pieces(threads, pieces, [&](std::int64_t piece, int) {
    const std::int64_t end = border(piece + 1);
    const std::int64_t step = wants_moments ? kBlockRows : op.a.num_rows;
    for (std::int64_t row = border(piece); row < end; row += step) {
      kernels_.spmm.rows(arguments, row, std::min(row + step, end));
      if (wants_moments) block_moments(op.y, row / kBlockRows, parts);
    }
  });
  if (wants_moments) join_moments(op.a.num_rows, op.x.cols, parts, op.options.moments);
}

}  // namespace weft::cpu
