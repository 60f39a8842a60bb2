#pragma once
// The loop of Adam.
#include <cstdint>

#include "kernels/cpu/declare_kernels.hpp"

namespace weft::cpu {

/// What one step of Adam multiplies with; rounded once from double, so that every instruction set sees the
/// same.
struct AdamFactors {
  float weight_decay;
  float new_m;  // 1 - beta1
  float beta2;
  float new_v;         // 1 - beta2
  float inverse_root;  // 1 / sqrt(1 - beta2^t)
  float step;          // learning rate / (1 - beta1^t)
  float epsilon;
};

struct AdamKernels {
  /// Updates parameters, m and v, [size] each.
  void (*update)(const AdamFactors& factors, std::int64_t size, const float* gradients, float* parameters,
                 float* m, float* v);
};

}  // namespace weft::cpu

WEFT_DECLARE_KERNELS(AdamKernels, adam_kernels)
