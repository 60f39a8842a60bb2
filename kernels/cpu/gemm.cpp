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
              float* packed) {
  parallel_ranges(threads, c.cols, gemm.panel_cols, [&](std::int64_t begin, std::int64_t end) {
    gemm.pack(b.data, b.row_stride, b.col_stride, a.cols, begin, end, packed);
  });
  const bool streamed = is_streamed(c);
  parallel_ranges(threads, a.rows, kRowUnit, [&](std::int64_t begin, std::int64_t end) {
    gemm.multiply_rows(a.row(begin), a.ld, packed, end - begin, a.cols, c.cols, bias, c.row(begin), c.ld,
                       streamed);
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

void CpuBackend::do_gemm(Stream& stream, ConstMat a, ConstMat b, Mat c, Vec<const float> bias) {
  multiply(threads_, kernels_.gemm, a, {b.f32(), b.ld, 1}, c, or_null(bias),
           static_cast<float*>(stream.scratch));
}

std::size_t CpuBackend::do_gemm_scratch(std::int64_t, std::int64_t c, std::int64_t h) const {
  return packed_bytes(kernels_.gemm, c, h);
}

void CpuBackend::do_gemm_nt(Stream& stream, ConstMat a, ConstMat b, Mat c) {
  multiply(threads_, kernels_.gemm, a, {b.f32(), 1, b.ld}, c, nullptr, static_cast<float*>(stream.scratch));
}

std::size_t CpuBackend::do_gemm_nt_scratch(std::int64_t, std::int64_t h, std::int64_t c) const {
  return packed_bytes(kernels_.gemm, h, c);
}

void CpuBackend::do_gemm_tn(Stream& stream, ConstMat a, ConstMat b, Mat c) {
  if (mostly_zeros(b)) {  // c^T = b^T a, without those zeros: the same terms in the same order
    const Mat transposed{stream.scratch, c.cols, c.rows, c.rows};
    std::fill_n(transposed.f32(), c.rows * c.cols, 0.0f);
    Stream rest{nullptr, transposed.f32() + whole_lines(c.rows * c.cols), 0};
    do_gemm_tn_activated(rest, b, {}, a, transposed);
    return add_transposed(threads_, transposed.f32(), c);
  }
  const GemmKernels& gemm = kernels_.gemm;
  const std::int64_t size = a.cols * b.cols;
  const int blocks = row_parts(a.rows, a.cols, b.cols);
  const std::int64_t work = gemm.transposed_work(a.cols, b.cols);
  auto* parts = static_cast<float*>(stream.scratch);
  parallel_pieces(threads_, blocks, [&](std::int64_t block, int thread) {
    const Range rows = split(a.rows, static_cast<int>(block), blocks);
    gemm.multiply_transposed(a.row(rows.begin), a.ld, b.row(rows.begin), b.ld, rows.end - rows.begin, a.cols,
                             b.cols, parts + blocks * size + thread * work, parts + block * size);
  });
  add_row_parts(threads_, gemm, parts, blocks, c);
}

std::size_t CpuBackend::do_gemm_tn_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const {
  if (n == 0 || c == 0 || h == 0) return 0;
  const int blocks = row_parts(n, c, h);
  const std::size_t dense =
      float_bytes(blocks * c * h + std::min(threads_, blocks) * kernels_.gemm.transposed_work(c, h));
  return std::max(dense, float_bytes(whole_lines(c * h)) + do_gemm_tn_activated_scratch(n, h, c));
}

}  // namespace weft::cpu
