#pragma once
// GraphSAGE's convolution with the mean of the neighbours (Hamilton, Ying, Leskovec, "Inductive Representation
// Learning on Large Graphs", 2017, arXiv:1706.02216), as PyTorch Geometric's SAGEConv:
//
//   y = A~ x Wl + b + x Wr
//
// The rows of A~ sum to 1 (norm "mean"), and the right x is x at the output rows. The product that leaves fewer
// columns to aggregate comes first:
//   in >= out   z = x Wl,   y = A~ z + b + x Wr
//     backward  dz = A~^T dy,  dWl += x^T dz,  dWr += x^T dy,  dx = dz Wl^T + dy Wr^T
//   in <  out   s = A~ x,   y = s Wl + b + x Wr
//     backward  dWl += s^T dy,  dWr += x^T dy,  dx = A~^T (dy Wl^T) + dy Wr^T
// and db += sum_i dy_i in both, unless a batch norm follows. When x never changes, [A~ x | x] is made once, and
// y = [A~ x | x] [Wl; Wr] + b is one product. A sparse x is multiplied first in any case.
#include <string>

#include "models/layers/layer.hpp"
#include "models/layers/product_statistics.hpp"
#include "models/parameters.hpp"

namespace weft::models {

class SageConv final : public Layer {
 public:
  /// Weights lin_l, of the neighbours, and lin_r, of the node itself, both [in, out], and the bias [out] of
  /// lin_l, started as torch.nn.Linear starts them.
  SageConv(Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
           float weight_decay);

  LayerResult forward(Recorder& recorder, const LayerCall& call) override;
  static constexpr bool kUsesGraph = true;
  bool uses_graph() const override { return kUsesGraph; }
  bool takes_sparse_input() const override { return true; }

 private:
  LayerResult constant(Recorder& recorder, const LayerCall& call, Tensor y);
  LayerResult multiply_first(Recorder& recorder, const LayerCall& call, Tensor y) const;
  LayerResult aggregate_first(Recorder& recorder, const LayerCall& call, Tensor y) const;
  /// [A~ x | x] of features that never change, made in setup.
  Tensor join_once(Recorder& recorder, const GraphOperator& graph, Tensor x);
  /// y = x Wr at the output rows.
  void multiply_self(Recorder& recorder, const LayerCall& call, Tensor y) const;
  /// dy as the gradient of x Wr at all rows [n, out], for the products of the backward pass.
  Tensor spread(Recorder& recorder, const GraphOperator& graph, Tensor dy) const;
  void bias_gradient(Recorder& recorder, Tensor dy) const;

  Parameters* parameters_;
  std::string name_;
  std::int64_t in_, out_;
  int left_, right_, bias_;
  Tensor once_;                                 // [A~ x | x]
  const GraphOperator* joined_over_ = nullptr;  // the graph that `once_` was made with
};

}  // namespace weft::models
