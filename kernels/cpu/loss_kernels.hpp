#pragma once
// The loops of the losses.
#include <cstdint>

#include "kernels/cpu/declare_kernels.hpp"

namespace weft::cpu {

struct LossKernels {
  /// For `rows` rows of k logits: gradient = (softmax - one-hot of the label) * weight, which may overwrite
  /// the logits. Returns the sum of -log softmax[label], added in the order of the rows.
  double (*log_softmax_nll)(const float* logits, std::int64_t ldlogits, const std::int32_t* labels,
                            std::int64_t rows, std::int64_t k, double weight, float* gradient,
                            std::int64_t ldgradient);

  /// For `rows` rows of k logits z and targets t: gradient = (sigmoid(z) - t) * weight, which may overwrite
  /// the logits, and 0 where t is NaN. Returns the sum of max(z, 0) - z t + log(1 + exp(-|z|)) over the other
  /// entries, added in order.
  double (*bce_with_logits)(const float* logits, std::int64_t ldlogits, const float* targets,
                            std::int64_t ldtargets, std::int64_t rows, std::int64_t k, double weight,
                            float* gradient, std::int64_t ldgradient);
};

}  // namespace weft::cpu

WEFT_DECLARE_KERNELS(LossKernels, loss_kernels)
