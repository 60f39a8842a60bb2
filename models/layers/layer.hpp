#pragma once
// A layer, and what an encoder and its layers tell each other.
#include <functional>
#include <optional>
#include <string>

#include "models/graph_operator.hpp"
#include "models/recorder.hpp"
#include "models/sparse_input.hpp"

namespace weft::models {

/// A layer's input [n, in]: x itself, or a block's output f(x). Products apply the block while they read x;
/// whoever needs f(x) as a matrix makes it with materialised().
struct LayerInput {
  Tensor x;
  std::optional<BlockCall> block = {};

  /// The same input for steps behind the first that read it: the block's dropout has its mask by then.
  LayerInput with_drawn_mask() const;
};

/// The input as a matrix.
Tensor materialised(Recorder& recorder, const std::string& name, const LayerInput& input);
/// y = input w + bias.
void input_gemm(Recorder& recorder, const std::string& name, const LayerInput& input, ConstMat w, Tensor y,
                Vec<const float> bias = {});
/// dw += input^T dy.
void input_gemm_tn(Recorder& recorder, const std::string& name, const LayerInput& input, Tensor dy, Mat dw);

/// One forward call of a layer.
struct LayerCall {
  LayerInput input;
  SparseInput sparse = {};               // given: the input is this, and `input` is not valid
  const GraphOperator* graph = nullptr;  // for layers that use one; must outlive the plan
  bool constant = false;                 // the input is the same in every step and program
  bool needs_input_gradient = true;
  DType output = DType::kF32;  // how y is stored
  Moments moments = {};        // where a batch norm that follows wants those of y; else empty

  /// Whether a batch norm follows, which takes a bias away again.
  bool normalised() const { return moments.count != nullptr; }
};

/// A gradient that has passed a block's masks but not the statistics of its batch norm.
struct MaskedGradient {
  Tensor g;  // [n, out]
  Normalization norm;
  Tensor sums;  // [1, 2 out]: sum_i g, sum_i g xhat
};

/// Records the backward pass of one forward call: the output's gradient dy [r, out] -> the input's gradient
/// [n, in], or nothing where the call did not need it. Parameter gradients accumulate.
using Backward = std::function<Tensor(Recorder&, Tensor dy)>;
/// The same from a gradient that the batch norm behind the layer has left unfinished.
using MaskedBackward = std::function<void(Recorder&, const MaskedGradient&)>;

struct LayerResult {
  Tensor y;                  // [r, out]
  bool has_moments = false;  // the layer has written them, so that nobody has to read y for them
  Backward backward;
  MaskedBackward backward_masked = {};  // where it is given, it must be called instead of `backward`
};

class Layer {
 public:
  Layer() = default;
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /// Records the forward pass into the recorder's program; training mode iff that is Program::kTrain, which
  /// is recorded before any other.
  virtual LayerResult forward(Recorder& recorder, const LayerCall& call) = 0;
  virtual bool uses_graph() const = 0;
  /// Whether a call may have its input sparse.
  virtual bool takes_sparse_input() const { return false; }
};

}  // namespace weft::models
