#pragma once
// Graph convolution (Kipf, Welling, "Semi-Supervised Classification with Graph Convolutional Networks", 2016,
// arXiv:1609.02907): y = A~ x W + b.
//
// The product that leaves fewer columns to aggregate comes first:
//   in >= out   z = x W,     y = A~ z + b     backward  dz = A~^T dy,  dW += x^T dz,       dx = dz W^T
//   in <  out   s = A~ x,    y = s W + b      backward  dW += s^T dy,  ds = dy W^T,  dx = A~^T ds
// and db += sum_i dy_i in both, unless a batch norm follows: db is zero then, and is left alone. When x never
// changes (features without dropout), s = A~ x is made once and kept, whatever the widths. A sparse x is
// multiplied first in any case: A~ x would be denser, and x W costs no more than its entries. y may have
// fewer rows than x: those of the operator.
#include <string>

#include "models/layers/layer.hpp"
#include "models/layers/product_statistics.hpp"
#include "models/parameters.hpp"

namespace weft::models {

class GraphConv final : public Layer {
 public:
  /// Weight [in, out] (Glorot) and bias [out] (zeros).
  GraphConv(Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
            float weight_decay);

  LayerResult forward(Recorder& recorder, const LayerCall& call) override;
  static constexpr bool kUsesGraph = true;
  bool uses_graph() const override { return kUsesGraph; }
  bool takes_sparse_input() const override { return true; }

 private:
  LayerResult multiply_first(Recorder& recorder, const LayerCall& call, Tensor y) const;
  LayerResult aggregate_first(Recorder& recorder, const LayerCall& call, Tensor y);
  Tensor aggregate_once(Recorder& recorder, const GraphOperator& graph, Tensor x);
  void bias_gradient(Recorder& recorder, Tensor dy) const;

  Parameters* parameters_;
  std::string name_;
  std::int64_t in_, out_;
  int weight_, bias_;
  Tensor once_;                                     // A~ x of constant features
  const GraphOperator* aggregated_over_ = nullptr;  // the graph that `once_` was made with
};

}  // namespace weft::models
