#pragma once
// What a stack and its layers tell each other.
#include <functional>

#include "kernels/backend.hpp"
#include "models/plan.hpp"

namespace weft::models {

/// One forward call of a layer.
struct LayerCall {
  Tensor x;                    // [n, in]
  bool constant = false;       // x is the same in every step and program
  DType output = DType::kF32;  // how y is stored
  Moments moments = {};        // where a batch norm that follows wants those of y; none follows when empty

  /// A batch norm takes a bias away again.
  bool normalised() const { return moments.count != nullptr; }
};

struct LayerResult {
  Tensor y;                  // [r, out]
  bool has_moments = false;  // the layer has written them, so that nobody has to read y for them
};

/// A gradient that has passed a block's masks but not the statistics of its batch norm.
struct MaskedGradient {
  Tensor g;  // [n, out]
  Normalization norm;
  Tensor sums;  // [1, 2 out]: sum_i g, sum_i g xhat
};

/// Hands a layer its input again in the backward pass: kept, or made anew.
using InputSource = std::function<Tensor()>;

}  // namespace weft::models
