#pragma once
// y = x W + b.
//
//   backward  dW += x^T dy,  db += sum_i dy_i,  dx = dy W^T
//
// In front of a batch norm db is zero, and nothing is added to it.
#include <string>

#include "models/layers/layer.hpp"
#include "models/layers/product_statistics.hpp"
#include "models/parameters.hpp"

namespace weft::models {

class Linear final : public Layer {
 public:
  /// Weight [in, out] and bias [out], started as torch.nn.Linear starts them.
  Linear(Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
         float weight_decay);

  LayerResult forward(Recorder& recorder, const LayerCall& call) override;
  static constexpr bool kUsesGraph = false;
  bool uses_graph() const override { return kUsesGraph; }

 private:
  Parameters* parameters_;
  std::string name_;
  std::int64_t in_, out_;
  int weight_, bias_;
};

}  // namespace weft::models
