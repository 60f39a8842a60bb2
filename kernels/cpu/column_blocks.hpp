#pragma once
// Reductions over the rows of a matrix: every block of kBlockRows rows leaves one row of partial sums in
// float, and the blocks are joined in order in double. The cut depends on the number of rows alone, so the
// bits do not depend on threads, and the float chains are too short to lose more than a few digits of their
// last bits.
#include <algorithm>
#include <cstdint>

#include "kernels/cpu/parallel.hpp"

namespace weft::cpu {

constexpr std::int64_t kBlockRows = 256;
constexpr std::int64_t kCacheLineFloats = 16;

constexpr std::int64_t block_count(std::int64_t n) { return (n + kBlockRows - 1) / kBlockRows; }

/// Calls body(block, first_row, rows) for every block of n rows.
template <class Body>
void for_each_block(int threads, std::int64_t n, const Body& body) {
  parallel_ranges(threads, n, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; row += kBlockRows) {
      body(row / kBlockRows, row, std::min(kBlockRows, end - row));
    }
  });
}

/// Calls done(column, sum) for every column in [0, c) of parts [blocks, c], block b at parts + b * stride.
template <class Done>
void join_sums(int threads, const float* parts, std::int64_t stride, std::int64_t blocks, std::int64_t c,
               const Done& done) {
  parallel_ranges(threads, c, kCacheLineFloats, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t tile = begin; tile < end; tile += kCacheLineFloats) {
      const std::int64_t width = std::min(kCacheLineFloats, end - tile);
      double sums[kCacheLineFloats] = {};
      for (std::int64_t b = 0; b < blocks; ++b) {
        const float* part = parts + b * stride + tile;
        for (std::int64_t j = 0; j < width; ++j) sums[j] += static_cast<double>(part[j]);
      }
      for (std::int64_t j = 0; j < width; ++j) done(tile + j, sums[j]);
    }
  });
}

}  // namespace weft::cpu
