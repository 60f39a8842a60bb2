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

/// For the training forward of a layer y = s W + b, s [n, c] the same in every step: where a batch norm wants
/// the moments of y and this is the cheaper way to them, records the setup and the moments, and makes the
/// layer's result say so: it has moments, and its backward pass takes a masked gradient.
void use_product_statistics(Recorder& recorder, const std::string& name, Tensor s, ConstMat weight,
                            Vec<const float> bias, const Moments& moments, Mat dweight, LayerResult& result);

}  // namespace weft::models
