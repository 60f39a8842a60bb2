#pragma once
// y = x W + b.
//
//   backward  dW += x^T dy,  db += sum_i dy_i,  dx = dy W^T
#include <functional>
#include <string>

#include "models/parameters.hpp"
#include "models/recorder.hpp"

namespace weft::models {

/// Hands a layer its input again in the backward pass: kept, or made anew.
using InputSource = std::function<Tensor()>;

class Linear {
 public:
  /// Weight [in, out] and bias [out], started as torch.nn.Linear starts them.
  Linear(Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
         float weight_decay);

  /// x [n, in] -> [n, out].
  Tensor forward(Recorder& recorder, Tensor x);
  /// dy [n, out] -> gradient of x, or nothing when it is not needed.
  Tensor backward(Recorder& recorder, Tensor dy, const InputSource& input, bool needs_input_gradient);

 private:
  Parameters* parameters_;
  std::string name_;
  std::int64_t in_, out_;
  int weight_, bias_;
};

}  // namespace weft::models
