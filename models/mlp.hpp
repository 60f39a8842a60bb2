#pragma once
// MLP: linear layers with blocks between them; uses no graph. Features [n, c] -> logits [r, k]. Only the
// output rows go through the model, so in training batch statistics are over the training rows, as in OGB's
// example.
#include "models/encoder.hpp"
#include "models/layers/linear.hpp"
#include "models/stack.hpp"

namespace weft::models {

class Mlp final : public Encoder {
 public:
  explicit Mlp(const EncoderOptions& options);

  void allocate(Backend& backend) override;
  Tensor forward(Recorder& recorder, const Batch& batch) override;
  void backward(Recorder& recorder, const Batch& batch, Tensor dy) override;
  bool needs_graph() const override { return false; }
  bool takes_sparse_features() const override { return false; }  // it works on the output rows' alone

 private:
  struct Layer {
    Linear linear;
    LayerResult forward(Recorder& recorder, const Batch& batch, bool last, const LayerCall& call);
    Tensor backward(Recorder& recorder, const Batch& batch, bool last, Tensor dy, const LayerInput& input,
                    bool needs_input_gradient);
    bool takes_masked_gradient() const { return linear.takes_masked_gradient(); }
    void backward_masked(Recorder& recorder, const MaskedGradient& gradient) {
      linear.backward_masked(recorder, gradient);
    }
  };
  /// Records, in setup, the features that go through the model.
  Tensor output_rows(Recorder& recorder, const Batch& batch) const;

  Stack<Layer> stack_;
};

}  // namespace weft::models
