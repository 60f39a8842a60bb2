#pragma once
// What a stack and its layers tell each other.
#include <optional>
#include <string>

#include "kernels/backend.hpp"
#include "models/recorder.hpp"
#include "models/sparse_input.hpp"

namespace weft::models {

/// A layer's input [n, in]: x itself, or what a block makes of x. Products apply the block while they read
/// x; whatever else needs the input makes it with made().
struct LayerInput {
  Tensor x;
  std::optional<BlockCall> block = {};
};

/// The input as a matrix.
Tensor made(Recorder& recorder, const std::string& name, const LayerInput& input);
/// y = input w + bias.
void input_gemm(Recorder& recorder, const std::string& name, const LayerInput& input, ConstMat w, Tensor y,
                Vec<const float> bias = {});
/// dw += input^T dy.
void input_gemm_tn(Recorder& recorder, const std::string& name, const LayerInput& input, Tensor dy, Mat dw);

/// One forward call of a layer.
struct LayerCall {
  LayerInput input;
  bool constant = false;       // the input is the same in every step and program
  DType output = DType::kF32;  // how y is stored
  Moments moments = {};        // where a batch norm that follows wants those of y; none follows when empty
  SparseInput sparse = {};     // given: x is this, and the tensor is not

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

}  // namespace weft::models
