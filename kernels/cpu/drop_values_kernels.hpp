#pragma once
// Loop of dropout on the stored values of a sparse matrix.
#include <cstdint>

#include "kernels/base/philox.hpp"
#include "kernels/cpu/declare_kernels.hpp"

namespace weft::cpu {

/// Plain pointers of a drop_values.
struct DropValuesArguments {
  const std::int64_t* offsets;
  const std::int32_t* cols;
  const float* weights;  // null: all 1
  float* values;
  std::uint64_t key0[kPhiloxRounds];  // Philox key of this dropout in this step, round by round
  std::uint64_t key1[kPhiloxRounds];
  std::uint32_t threshold;  // words below it drop
  float scale;              // 1 / (1 - rate)
};

struct DropValuesKernels {
  /// The entries of rows [begin, end).
  void (*rows)(const DropValuesArguments& arguments, std::int64_t begin, std::int64_t end);
};

}  // namespace weft::cpu

WEFT_DECLARE_KERNELS(DropValuesKernels, drop_values_kernels)
