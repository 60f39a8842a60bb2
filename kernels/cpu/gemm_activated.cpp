// Products that apply a block to their left factor while they read it. A thread makes kSkippingRows rows of
// f(x) in its second-level cache, multiplies them, and goes on: f(x) never lies in memory.
#include "kernels/cpu/activation_arguments.hpp"
#include "kernels/cpu/cpu_backend.hpp"
#include "kernels/cpu/parallel.hpp"
#include "kernels/cpu/row_parts.hpp"
#include "kernels/cpu/streamed.hpp"

namespace weft::cpu {
namespace {

/// A row of f(x) in scratch: whole vectors, and a cache line more, so that rows do not compete for the same
/// places of the cache.
constexpr std::int64_t scratch_ld(std::int64_t k) { return ceil_div(k, 16) * 16 + 16; }

/// Pieces per thread of a product's rows.
constexpr std::int64_t kPieces = 16;

/// Floats that a thread needs: rows of f(x), and the loops' own.
std::int64_t thread_work(const SkippingKernels& skipping, std::int64_t k) {
  return ceil_div(kSkippingRows * scratch_ld(k) + skipping.work_size(k), 16) * 16;
}

/// One thread's rows of f(x).
class ActivatedRows {
 public:
  ActivatedRows(const ActivationKernels& kernels, const ConstMat& x, const Activation& block, float* memory)
      : kernels_(kernels),
        rows_{memory, kSkippingRows, x.cols, scratch_ld(x.cols)},
        arguments_(activation_arguments(x, block, rows_)) {}

  /// Rows [begin, begin + count) of f(x), which lie ld() apart.
  const float* make(std::int64_t begin, std::int64_t count) {
    arguments_.out_row = begin;
    kernels_.forward(arguments_, begin, begin + count);
    return rows_.f32();
  }
  std::int64_t ld() const { return rows_.ld; }
  /// The memory behind the rows.
  float* behind() const { return rows_.f32() + kSkippingRows * rows_.ld; }

 private:
  const ActivationKernels& kernels_;
  Mat rows_;
  ActivationArguments arguments_;
};

}  // namespace

void CpuBackend::do_run(Stream& stream, const GemmActivated& op) {
  const SkippingKernels& skipping = kernels_.skipping;
  auto* const packed = static_cast<float*>(stream.scratch);
  float* const work = packed + ceil_div(skipping.packed_size(op.b.rows, op.b.cols), 16) * 16;
  const bool streamed = is_streamed(op.c);
  parallel_ranges(threads_, op.b.cols, skipping.panel_cols, [&](std::int64_t begin, std::int64_t end) {
    skipping.pack(op.b.row(0) + begin, op.b.ld, op.b.rows, 0, end - begin, packed + begin * op.b.rows);
  });
  const auto pieces = static_cast<int>(std::min(ceil_div(op.x.rows, kSkippingRows), kPieces * threads_));
  parallel_pieces(threads_, pieces, [&](std::int64_t piece, int thread) {
    const Range mine = split(op.x.rows, static_cast<int>(piece), pieces, kSkippingRows);
    ActivatedRows rows(kernels_.activation, op.x, op.block, work + thread * thread_work(skipping, op.x.cols));
    for (std::int64_t row = mine.begin; row < mine.end; row += kSkippingRows) {
      const std::int64_t count = std::min(kSkippingRows, mine.end - row);
      const float* const made = rows.make(row, count);
      skipping.rows(made, rows.ld(), packed, count, op.x.cols, op.c.cols, or_null(op.bias), op.c.row(row),
                    op.c.ld, streamed, rows.behind());
    }
  });
}

std::size_t CpuBackend::do_scratch(const GemmActivated& op) const {
  const SkippingKernels& skipping = kernels_.skipping;
  return float_bytes(ceil_div(skipping.packed_size(op.b.rows, op.b.cols), 16) * 16 +
                     threads_ * thread_work(skipping, op.x.cols));
}

void CpuBackend::do_run(Stream& stream, const GemmTnActivated& op) {
  const SkippingKernels& skipping = kernels_.skipping;
  const std::int64_t size = op.c.rows * op.c.cols;
  const int count = row_parts(op.x.rows, op.c.rows, op.c.cols);
  auto* const work = static_cast<float*>(stream.scratch);
  const int workers = std::min(threads_, count);
  float* const parts = work + workers * thread_work(skipping, op.x.cols);
  parallel_pieces(workers, count, [&](std::int64_t part, int thread) {
    ActivatedRows rows(kernels_.activation, op.x, op.block, work + thread * thread_work(skipping, op.x.cols));
    const Range range = split(op.x.rows, static_cast<int>(part), count);
    for (std::int64_t row = range.begin; row < range.end; row += kSkippingRows) {
      const std::int64_t some = std::min(kSkippingRows, range.end - row);
      const float* const made = rows.make(row, some);
      skipping.transposed(made, rows.ld(), op.b.row(row), op.b.ld, some, op.x.cols, op.b.cols,
                          row == range.begin, rows.behind(), parts + part * size);
    }
  });
  add_row_parts(threads_, kernels_.gemm, parts, count, op.c);
}

std::size_t CpuBackend::do_scratch(const GemmTnActivated& op) const {
  const std::int64_t c = op.x.cols, h = op.b.cols;
  const int parts = row_parts(op.x.rows, c, h);
  return float_bytes(parts * c * h + std::min(threads_, parts) * thread_work(kernels_.skipping, c));
}

}  // namespace weft::cpu
