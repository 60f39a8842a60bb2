#pragma once
// The loop of the softmax loss.
#include <cstdint>

#include "kernels/cpu/declare_kernels.hpp"

namespace weft::cpu {

struct LossKernels {
  /// For `rows` rows of k logits: gradient = (softmax - one-hot of the label) * weight, which may overwrite
  /// the logits. Returns the sum of -log softmax[label], added in the order of the rows.
  double (*log_softmax_nll)(const float* logits, std::int64_t ldlogits, const std::int32_t* labels,
                            std::int64_t rows, std::int64_t k, double weight, float* gradient,
                            std::int64_t ldgradient);
};

}  // namespace weft::cpu

WEFT_DECLARE_KERNELS(LossKernels, loss_kernels)
