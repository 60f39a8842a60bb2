#pragma once
// Loops of the block between two layers: normalisation, ReLU, dropout.
#include <cstdint>

#include "kernels/cpu/declare_kernels.hpp"

namespace weft::cpu {

/// Plain pointers of activate and activate_backward. All matrices have `width` columns.
struct ActivationArguments {
  const float* x;
  std::int64_t ldx;
  const float* dy;  // backward only
  std::int64_t lddy;
  float* out;            // y, or dx
  std::int64_t out_row;  // the row of x that out begins with
  std::int64_t ldout;
  std::int64_t width;
  const float* mean;  // null: no normalisation
  const float* rstd;
  const float* gamma;
  const float* beta;
  bool relu;
  bool dropout;
  std::uint32_t key0, key1;  // Philox key of this dropout in this step
  std::uint32_t threshold;   // words below it drop
  float scale;               // 1 / (1 - rate)
  std::uint64_t* mask;       // null, or [rows, mask_words]: a bit for each element that is kept
  std::int64_t mask_words;
  bool drawn;                   // read the mask; otherwise write it
  const std::int32_t* row_ids;  // null: the row's index
};

struct ActivationKernels {
  /// Rows [begin, end) of y.
  void (*forward)(const ActivationArguments& arguments, std::int64_t begin, std::int64_t end);

  /// Rows [begin, end) of g, the gradient before the normalisation, into `out`. With a normalisation also
  /// their sums sum_g and sum_gx (of g * xhat), [width] each, overwritten.
  void (*backward)(const ActivationArguments& arguments, std::int64_t begin, std::int64_t end, float* sum_g,
                   float* sum_gx);

  /// Rows [begin, end) of out from g to gamma * rstd * (g - mean_g - xhat * mean_gx).
  void (*through_statistics)(const ActivationArguments& arguments, std::int64_t begin, std::int64_t end,
                             const float* mean_g, const float* mean_gx);
};

}  // namespace weft::cpu

WEFT_DECLARE_KERNELS(ActivationKernels, activation_kernels)
