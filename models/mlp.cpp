#include "models/mlp.hpp"

namespace weft::models {

LayerResult Mlp::Layer::forward(Recorder& recorder, const Batch&, bool, const LayerCall& call) {
  return linear.forward(recorder, call);
}

Tensor Mlp::Layer::backward(Recorder& recorder, const Batch&, bool, Tensor dy, const LayerInput& input,
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
  const Program program = recorder.program();
  recorder.begin(Program::kSetup);
  const Tensor x = recorder.as_activation("stored features", output_rows(recorder, batch));
  recorder.begin(program);
  return stack_.forward(recorder, batch, x, batch.original_ids.empty() ? batch.rows : batch.original_ids);
}

Tensor Mlp::output_rows(Recorder& recorder, const Batch& batch) const {
  if (batch.rows.empty()) return batch.features;
  const bool as_is = batch.features.dtype == recorder.storage().dtype;
  const char* const name = "features of the output rows";
  const std::int64_t rows = batch.rows.size, cols = batch.features.cols;
  const Tensor x =
      as_is ? recorder.plan().persistent(name, rows, cols) : recorder.transient(name, rows, cols);
  recorder.gather_rows("gather output rows", batch.features, batch.rows, x);
  return x;
}

void Mlp::backward(Recorder& recorder, const Batch& batch, Tensor dy) {
  stack_.backward(recorder, batch, dy);
}

}  // namespace weft::models
