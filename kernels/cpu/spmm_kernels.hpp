#pragma once
// Loops of the sparse product.
#include <cstdint>

#include "kernels/cpu/declare_kernels.hpp"

namespace weft::cpu {

/// Plain pointers of an spmm: y[i, :] = row_scale[i] * sum_j w[i, j] * col_scale[j] * x[j, :] + bias,
/// then + y[i, :] where the product adds.
struct SpmmArguments {
  const std::int64_t* offsets;
  const std::int32_t* cols;
  const float* weights;    // null: all 1
  const float* row_scale;  // null: all 1
  const float* col_scale;  // null: all 1
  const float* bias;       // null: none
  bool adds;               // to y
  const float* x;
  std::int64_t ldx;
  float* y;
  std::int64_t ldy;
  std::int64_t width;      // columns of x and y
  std::int64_t num_edges;  // of the whole matrix: rows of x are fetched ahead of the edges that need them
  bool streamed;           // y is written past the caches
};

struct SpmmKernels {
  /// Rows [begin, end) of y.
  void (*rows)(const SpmmArguments& arguments, std::int64_t begin, std::int64_t end);
};

}  // namespace weft::cpu

WEFT_DECLARE_KERNELS(SpmmKernels, spmm_kernels)
