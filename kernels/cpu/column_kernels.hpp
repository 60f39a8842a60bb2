#pragma once
// Loops of the sums over a block of rows.
#include <cstdint>

#include "kernels/cpu/declare_kernels.hpp"

namespace weft::cpu {

/// x [rows, width]; every column is one chain in the order of the rows, from 0.
struct ColumnKernels {
  /// sum[j] = sum_i x[i, j].
  void (*sum)(const float* x, std::int64_t ldx, std::int64_t rows, std::int64_t width, float* sum);

  /// sum[j] = sum_i d and square[j] = sum_i d * d with d = x[i, j] - center[j].
  void (*deviations)(const float* x, std::int64_t ldx, std::int64_t rows, std::int64_t width,
                     const float* center, float* sum, float* square);
};

}  // namespace weft::cpu

WEFT_DECLARE_KERNELS(ColumnKernels, column_kernels)
