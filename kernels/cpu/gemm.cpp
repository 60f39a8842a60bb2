// Dense products on the CPU: packing and the cut over threads; the sums are in gemm_kernels.cpp.
#include <algorithm>

#include "kernels/cpu/cpu_backend.hpp"
#include "kernels/cpu/parallel.hpp"
#include "kernels/cpu/row_parts.hpp"
#include "kernels/cpu/streamed.hpp"

namespace weft::cpu {
namespace {

/// Rows a thread takes at a time at least; a multiple of every tile's rows would spare the last tile's rest
/// only.
constexpr std::int64_t kRowUnit = 64;
std::size_t packed_bytes(const GemmKernels& gemm, std::int64_t k, std::int64_t h) {
  return float_bytes(ceil_div(h, gemm.panel_cols) * gemm.panel_cols * k);
}

/// A right-hand side b [k, h], element (i, j) at i * row_stride + j * col_stride.
struct RightSide {
  const float* data;
  std::int64_t row_stride;
  std::int64_t col_stride;
};

void multiply(int threads, const GemmKernels& gemm, ConstMat a, RightSide b, Mat c, const float* bias,
              float beta, float* packed) {
  parallel_ranges(threads, c.cols, gemm.panel_cols, [&](std::int64_t begin, std::int64_t end) {
    gemm.pack(b.data, b.row_stride, b.col_stride, a.cols, begin, end, packed);
  });
  const bool adds = beta != 0.0f;
  const bool streamed = !adds && is_streamed(c);  // what was read is in the caches
  parallel_ranges(threads, a.rows, kRowUnit, [&](std::int64_t begin, std::int64_t end) {
    gemm.multiply_rows(a.row(begin), a.ld, packed, end - begin, a.cols, c.cols, bias, adds, c.row(begin),
                       c.ld, streamed);
  });
}

/// Whether fewer than half of b's elements are non-zero, by some of its rows; not for a b so small that it
/// makes no difference. Gradients behind a ReLU and a dropout are like that.
bool mostly_zeros(const ConstMat& b) {
  constexpr std::int64_t kSampledRows = 64;
  if (b.rows < 64 * kSampledRows) return false;
  std::int64_t zeros = 0;
  for (std::int64_t i = 0; i < kSampledRows; ++i) {
    const float* row = b.row(b.rows / kSampledRows * i);
    zeros += std::count(row, row + b.cols, 0.0f);
  }
  return 2 * zeros > kSampledRows * b.cols;
}

/// Floats that `count` take with what follows them beginning a cache line.
constexpr std::int64_t whole_lines(std::int64_t count) { return ceil_div(count, 16) * 16; }

/// c += t^T.
void add_transposed(int threads, const float* t, Mat c) {
  constexpr std::int64_t kUnit = 16;
  parallel_ranges(threads, c.rows, kUnit, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = 0; j < c.cols; ++j) {
      for (std::int64_t i = begin; i < end; ++i) c.row(i)[j] += t[j * c.rows + i];
    }
  });
}

}  // namespace

void CpuBackend::do_run(Stream& stream, const Gemm& op) {
  multiply(threads_, kernels_.gemm, op.a, {op.b.f32(), op.b.ld, 1}, op.c, or_null(op.bias), op.beta,
           static_cast<float*>(stream.scratch));
}

std::size_t CpuBackend::do_scratch(const Gemm& op) const {
  return packed_bytes(kernels_.gemm, op.b.rows, op.b.cols);
}

void CpuBackend::do_run(Stream& stream, const GemmNt& op) {
  multiply(threads_, kernels_.gemm, op.a, {op.b.f32(), 1, op.b.ld}, op.c, nullptr, op.beta,
           static_cast<float*>(stream.scratch));
}

std::size_t CpuBackend::do_scratch(const GemmNt& op) const {
  return packed_bytes(kernels_.gemm, op.b.cols, op.b.rows);
}

void CpuBackend::do_run(Stream& stream, const GemmTn& op) {
  if (mostly_zeros(op.b)) {  // c^T = b^T a, without those zeros: the same terms in the same order
    const Mat transposed{stream.scratch, op.c.cols, op.c.rows, op.c.rows};
    std::fill_n(transposed.f32(), op.c.rows * op.c.cols, 0.0f);
    Stream rest{nullptr, transposed.f32() + whole_lines(op.c.rows * op.c.cols), 0};
    do_run(rest, GemmTnActivated{op.b, {}, op.a, transposed});
    return add_transposed(threads_, transposed.f32(), op.c);
  }
  const GemmKernels& gemm = kernels_.gemm;
  const std::int64_t size = op.a.cols * op.b.cols;
  const int blocks = row_parts(op.a.rows, op.a.cols, op.b.cols);
  const std::int64_t work = gemm.transposed_work(op.a.cols, op.b.cols);
  auto* parts = static_cast<float*>(stream.scratch);
  parallel_pieces(threads_, blocks, [&](std::int64_t block, int thread) {
    const Range rows = split(op.a.rows, static_cast<int>(block), blocks);
    gemm.multiply_transposed(op.a.row(rows.begin), op.a.ld, op.b.row(rows.begin), op.b.ld,
                             rows.end - rows.begin, op.a.cols, op.b.cols,
                             parts + blocks * size + thread * work, parts + block * size);
  });
  add_row_parts(threads_, gemm, parts, blocks, op.c);
}

std::size_t CpuBackend::do_scratch(const GemmTn& op) const {
  const std::int64_t c = op.a.cols, h = op.b.cols;
  const int blocks = row_parts(op.a.rows, c, h);
  const std::size_t dense =
      float_bytes(blocks * c * h + std::min(threads_, blocks) * kernels_.gemm.transposed_work(c, h));
  return std::max(dense, float_bytes(whole_lines(c * h)) + do_scratch(GemmTnActivated{op.b, {}, op.a, op.c}));
}

}  // namespace weft::cpu
