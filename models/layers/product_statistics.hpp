#pragma once
// A batch norm behind a product whose input s never changes: y = s W + b.
//
//   setup     S = sum_i (s_i - mean(s)) (s_i - mean(s))^T
//   forward   mean(y) = mean(s) W + b,  m2(y)[j] = W[:, j]^T S W[:, j]
//   backward  g = dy through dropout and ReLU, then
//             dW += gamma rstd (s^T g - (sum_i s_i) mean(g)^T - S W rstd mean(g xhat))
//
// No pass over the [n, h] output is spent on its moments, and none on the gradient through them: three passes
// less per step, for the product S W. What it costs in precision: m2(y) is right to 2^-23 of W^T |S| W, so a
// column of W along which s hardly varies loses digits to the directions along which it varies much.
#include <string>

#include "models/layers/layer.hpp"
#include "models/recorder.hpp"

namespace weft::models {

class ProductStatistics {
 public:
  /// Records the setup for s [n, c] and the moments of y, if they are wanted and this is the cheaper way to
  /// them. Returns whether it did; the gradient of W then comes from backward() below. For the training
  /// program.
  bool forward(Recorder& recorder, const std::string& name, Tensor s, ConstMat weight, Vec<const float> bias,
               const Moments& moments);
  bool used() const { return input_.valid(); }
  /// Records dW += as above.
  void backward(Recorder& recorder, const std::string& name, const MaskedGradient& gradient, Mat dweight);

 private:
  void set_up(Recorder& recorder, const std::string& name);

  Tensor input_;    // s
  Tensor moments_;  // of s: count, sums, m2 in double
  Tensor scatter_;  // S, [c, c]
  Tensor product_;  // S W, [c, h]
};

}  // namespace weft::models
