#pragma once
// y = x W + b.
//
//   backward  dW += x^T dy,  db += sum_i dy_i,  dx = dy W^T
//
// In front of a batch norm db is zero, and nothing is added to it.
#include <string>

#include "models/layers/product_statistics.hpp"
#include "models/parameters.hpp"
#include "models/recorder.hpp"

namespace weft::models {

class Linear {
 public:
  /// Weight [in, out] and bias [out], started as torch.nn.Linear starts them.
  Linear(Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
         float weight_decay);

  /// [n, in] -> [n, out].
  LayerResult forward(Recorder& recorder, const LayerCall& call);
  /// dy [n, out] -> gradient of x, or nothing when it is not needed.
  Tensor backward(Recorder& recorder, Tensor dy, const LayerInput& input, bool needs_input_gradient);

  /// Whether backward_masked must be called instead of backward.
  bool takes_masked_gradient() const { return statistics_.used(); }
  void backward_masked(Recorder& recorder, const MaskedGradient& gradient);

 private:
  Parameters* parameters_;
  std::string name_;
  std::int64_t in_, out_;
  int weight_, bias_;
  bool normalised_ = false;       // in the training forward
  ProductStatistics statistics_;  // of a constant input in front of a batch norm
};

}  // namespace weft::models
