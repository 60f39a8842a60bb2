#include "models/gcn.hpp"

namespace weft::models {
namespace {

const GraphOperator& operator_of(const Batch& batch, bool last) {
  return last ? *batch.output_graph : *batch.graph;
}

}  // namespace

LayerResult Gcn::Layer::forward(Recorder& recorder, const Batch& batch, bool last, const LayerCall& call) {
  return conv.forward(recorder, operator_of(batch, last), call);
}

Tensor Gcn::Layer::backward(Recorder& recorder, const Batch& batch, bool last, Tensor dy,
                            const LayerInput& input, bool needs_input_gradient) {
  return conv.backward(recorder, operator_of(batch, last), dy, input, needs_input_gradient);
}

Gcn::Gcn(const EncoderOptions& options)
    : stack_(make_stack<Layer>(
          parameters_, options, [this](int i, std::int64_t in, std::int64_t out, float weight_decay) {
            return Layer{GraphConv(parameters_, "convs." + std::to_string(i), in, out, weight_decay)};
          })) {}

void Gcn::allocate(Backend& backend) {
  parameters_.allocate(backend);
  stack_.allocate(backend);
}

Tensor Gcn::forward(Recorder& recorder, const Batch& batch) {
  WEFT_CHECK(batch.graph != nullptr && batch.output_graph != nullptr, "gcn: the batch has no graph");
  return stack_.forward(recorder, batch, batch.features, batch.original_ids);
}

void Gcn::backward(Recorder& recorder, const Batch& batch, Tensor dy) {
  stack_.backward(recorder, batch, dy);
}

}  // namespace weft::models
