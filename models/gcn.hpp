#pragma once
// GCN: graph convolutions with blocks between them. Features [n, c] -> logits [r, k]; the last convolution
// computes the output rows only, the others all nodes (batch statistics are over all nodes).
#include "models/encoder.hpp"
#include "models/layers/graph_conv.hpp"
#include "models/stack.hpp"

namespace weft::models {

class Gcn final : public Encoder {
 public:
  explicit Gcn(const EncoderOptions& options);

  void allocate(Backend& backend) override;
  Tensor forward(Recorder& recorder, const Batch& batch) override;
  void backward(Recorder& recorder, const Batch& batch, Tensor dy) override;
  bool needs_graph() const override { return true; }
  bool takes_sparse_features() const override { return true; }

 private:
  struct Layer {
    GraphConv conv;
    LayerResult forward(Recorder& recorder, const Batch& batch, bool last, const LayerCall& call);
    Tensor backward(Recorder& recorder, const Batch& batch, bool last, Tensor dy, const LayerInput& input,
                    bool needs_input_gradient);
    bool takes_masked_gradient() const { return conv.takes_masked_gradient(); }
    void backward_masked(Recorder& recorder, const MaskedGradient& gradient) {
      conv.backward_masked(recorder, gradient);
    }
  };
  Stack<Layer> stack_;
};

}  // namespace weft::models
