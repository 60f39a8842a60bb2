#include "models/encoder.hpp"

#include <algorithm>
#include <utility>

namespace weft::models {

Encoder::Encoder(std::vector<std::unique_ptr<Layer>> layers, std::vector<ActivationBlock> blocks)
    : layers_(std::move(layers)), blocks_(std::move(blocks)) {}

void Encoder::allocate(Backend& backend) {
  for (ActivationBlock& block : blocks_) block.allocate(backend);
}

bool Encoder::uses_graph() const {
  return std::any_of(layers_.begin(), layers_.end(), [](const auto& layer) { return layer->uses_graph(); });
}

EncoderPass Encoder::forward(Recorder& recorder, const Batch& batch, const EncoderInput& input) const {
  WEFT_CHECK(!uses_graph() || batch.graphs.size() == layers_.size(), "model: the batch has ",
             batch.graphs.size(), " graphs for ", layers_.size(), " layers");
  std::vector<Stage> stages(layers_.size());
  LayerCall call{input.x, input.sparse};
  call.constant = input.constant;
  call.needs_input_gradient = false;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const bool last = i + 1 == layers_.size();
    if (uses_graph()) call.graph = batch.graphs[i];
    call.output = last ? DType::kF32 : recorder.storage().dtype;
    call.moments = last ? Moments{} : blocks_[i].wanted_moments(recorder);
    LayerResult& result = stages[i].layer = layers_[i]->forward(recorder, call);
    if (last) break;
    stages[i].block = blocks_[i].forward(recorder, result.y, input.row_ids, result.has_moments);
    call = LayerCall{stages[i].block.y};
  }
  const Tensor y = stages.back().layer.y;
  return {y, [this, stages = std::move(stages)](Recorder& r, Tensor dy) { backward(r, stages, dy); }};
}

void Encoder::backward(Recorder& recorder, const std::vector<Stage>& stages, Tensor dy) const {
  dy = stages.back().layer.backward(recorder, dy);
  for (std::size_t i = stages.size() - 1; i-- > 0;) {
    const LayerResult& layer = stages[i].layer;
    if (layer.backward_masked) {  // only the first layer's input is constant
      return layer.backward_masked(recorder, blocks_[i].backward_masks(recorder, stages[i].block, dy));
    }
    blocks_[i].backward(recorder, stages[i].block, dy);
    dy = layer.backward(recorder, dy);
  }
}

}  // namespace weft::models
