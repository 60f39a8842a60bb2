#include "models/mlp.hpp"

namespace weft::models {

Tensor Mlp::Layer::forward(Recorder& recorder, const Batch&, bool, Tensor x, bool) {
  return linear.forward(recorder, x);
}

Tensor Mlp::Layer::backward(Recorder& recorder, const Batch&, bool, Tensor dy, const InputSource& input,
                            bool needs_input_gradient) {
  return linear.backward(recorder, dy, input, needs_input_gradient);
}

Mlp::Mlp(const EncoderOptions& options)
    : stack_(make_stack<Layer>(
          parameters_, options, [this](int i, std::int64_t in, std::int64_t out, float weight_decay) {
            return Layer{Linear(parameters_, "lins." + std::to_string(i), in, out, weight_decay)};
          })) {}

void Mlp::allocate(Backend& backend) {
  parameters_.allocate(backend);
  stack_.allocate(backend);
}

Tensor Mlp::forward(Recorder& recorder, const Batch& batch) {
  if (batch.rows.empty()) return stack_.forward(recorder, batch, batch.features, {});
  const Program program = recorder.program();
  recorder.begin(Program::kSetup);
  const Tensor x =
      recorder.plan().persistent("features of the output rows", batch.rows.size, batch.features.cols);
  recorder.gather_rows("gather output rows", batch.features, batch.rows, x);
  recorder.begin(program);
  return stack_.forward(recorder, batch, x, batch.rows);
}

void Mlp::backward(Recorder& recorder, const Batch& batch, Tensor dy) {
  stack_.backward(recorder, batch, dy);
}

}  // namespace weft::models
