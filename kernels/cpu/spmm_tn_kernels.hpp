#pragma once
// Loop of the transposed sparse product that walks over the rows of the matrix as it is.
#include <cstdint>

#include "kernels/cpu/declare_kernels.hpp"

namespace weft::cpu {

/// Plain pointers of an spmm_tn.
struct SpmmTnArguments {
  const std::int64_t* offsets;
  const std::int32_t* cols;
  const float* weights;  // null: all 1
  const float* x;
  std::int64_t ldx;
  std::int64_t width;  // columns of x and y
};

struct SpmmTnKernels {
  /// y += A^T x over rows [begin, end) of A and x, row after row.
  void (*add_rows)(const SpmmTnArguments& arguments, std::int64_t begin, std::int64_t end, float* y,
                   std::int64_t ldy);
};

}  // namespace weft::cpu

WEFT_DECLARE_KERNELS(SpmmTnKernels, spmm_tn_kernels)
