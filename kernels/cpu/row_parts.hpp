#pragma once
// a^T b is summed over fixed parts of the rows, each into a matrix of its own, and the matrices are added in
// order. The cut depends on the shape and never on the threads, so neither do the bits.
#include <algorithm>
#include <cstdint>

#include "kernels/cpu/gemm_kernels.hpp"
#include "kernels/cpu/parallel.hpp"

namespace weft::cpu {

/// At most so many parts, of at least kMinPartRows rows, in at most kMaxPartBytes together.
constexpr std::int64_t kMaxParts = 32;
constexpr std::int64_t kMinPartRows = 1024;
constexpr std::int64_t kMaxPartBytes = std::int64_t{16} << 20;

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

constexpr std::size_t float_bytes(std::int64_t count) {
  return static_cast<std::size_t>(count) * sizeof(float);
}

/// Parts of the n rows of a^T b [c, h].
constexpr int row_parts(std::int64_t n, std::int64_t c, std::int64_t h) {
  const std::int64_t affordable = kMaxPartBytes / static_cast<std::int64_t>(float_bytes(c * h));
  const std::int64_t useful = ceil_div(n, kMinPartRows);
  return static_cast<int>(std::max<std::int64_t>(1, std::min({kMaxParts, affordable, useful})));
}

/// c += the parts, [parts][c.rows][c.cols].
inline void add_row_parts(int threads, const GemmKernels& gemm, const float* parts, int count, Mat c) {
  constexpr std::int64_t kUnit = 16;
  parallel_ranges(threads, c.rows, kUnit, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      gemm.add_parts(parts + row * c.cols, c.rows * c.cols, count, c.cols, c.row(row));
  });
}

}  // namespace weft::cpu
