#pragma once
// layer, block, layer, block, ..., layer: the frame that GCN and MLP share. The backward pass walks it from
// the end. A block's output is kept for the backward pass, or made again by whoever reads it: Storage
// decides.
#include <vector>

#include "models/encoder.hpp"
#include "models/layers/activation_block.hpp"
#include "models/layers/layer.hpp"

namespace weft::models {

/// Layer offers
///   LayerResult forward(Recorder&, const Batch&, bool last, const LayerCall&)
///   Tensor backward(Recorder&, const Batch&, bool last, Tensor dy, const LayerInput&, bool
///                   needs_input_gradient)
///   bool takes_masked_gradient(), void backward_masked(Recorder&, const MaskedGradient&).
template <class Layer>
class Stack {
 public:
  Stack(std::vector<Layer> layers, std::vector<ActivationBlock> blocks,
        std::vector<ActivationBlock> input_dropout)
      : layers_(std::move(layers)), blocks_(std::move(blocks)), input_dropout_(std::move(input_dropout)) {}

  void allocate(Backend& backend) {
    for (ActivationBlock& block : blocks_) block.allocate(backend);
  }

  Tensor forward(Recorder& recorder, const Batch& batch, Tensor x, Vec<const NodeId> row_ids) {
    const bool training = recorder.program() == Program::kTrain;
    const bool constant = !(training && !input_dropout_.empty());
    SparseInput sparse{batch.sparse_features};
    LayerInput h{x};
    if (!constant && sparse.given()) {
      sparse = input_dropout_.front().drop_values(recorder, *sparse.matrix);
    } else if (!constant) {
      h = input_dropout_.front().forward(recorder, x, row_ids, false);
    }
    std::vector<LayerInput> inputs;
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const bool last = i + 1 == layers_.size();
      inputs.push_back(h);
      const Moments wanted = last ? Moments{} : blocks_[i].wanted_moments(recorder);
      const DType stored = last ? DType::kF32 : recorder.storage().dtype;
      const auto [y, has_moments] = layers_[i].forward(
          recorder, batch, last, {h, constant && i == 0, stored, wanted, i == 0 ? sparse : SparseInput{}});
      outputs.push_back(y);
      if (last) break;
      h = blocks_[i].forward(recorder, y, row_ids, has_moments);
    }
    if (training) {
      for (LayerInput& input : inputs) {
        if (input.block) input.block = input.block->again();
      }
      inputs_ = inputs;
      outputs_ = outputs;
      row_ids_ = row_ids;
    }
    return outputs.back();
  }

  void backward(Recorder& recorder, const Batch& batch, Tensor dy) {
    for (std::size_t i = layers_.size(); i-- > 0;) {
      const bool last = i + 1 == layers_.size();
      const Tensor dx = layers_[i].backward(recorder, batch, last, dy, inputs_[i], i > 0);
      if (i == 0) return;
      if (layers_[i - 1].takes_masked_gradient()) {  // only the first layer's input is constant
        layers_[i - 1].backward_masked(
            recorder, blocks_[i - 1].backward_masks(recorder, outputs_[i - 1], dx, row_ids_));
        return;
      }
      blocks_[i - 1].backward(recorder, outputs_[i - 1], dx, row_ids_);
      dy = dx;
    }
  }

 private:
  std::vector<Layer> layers_;
  std::vector<ActivationBlock> blocks_;
  std::vector<ActivationBlock> input_dropout_;  // none or one
  // Of the last training forward:
  std::vector<LayerInput> inputs_;  // of each layer
  std::vector<Tensor> outputs_;     // of each layer
  Vec<const NodeId> row_ids_;
};

/// Widths of layer i's input and output.
inline std::int64_t layer_in(const EncoderOptions& options, int i) {
  return i == 0 ? options.in : options.hidden;
}
inline std::int64_t layer_out(const EncoderOptions& options, int i) {
  return i + 1 == options.layers ? options.out : options.hidden;
}

/// Builds layers by `make(i, in, out, weight_decay)`, with their blocks; parameters are added layer by layer,
/// batch norms after all layers, the order PyTorch lists them in.
template <class Layer, class Make>
Stack<Layer> make_stack(Parameters& parameters, const EncoderOptions& options, const Make& make) {
  std::vector<Layer> layers;
  for (int i = 0; i < options.layers; ++i) {
    const bool decays = i == 0 || !options.weight_decay_first_layer_only;
    layers.push_back(
        make(i, layer_in(options, i), layer_out(options, i), decays ? options.weight_decay : 0.0f));
  }
  std::vector<ActivationBlock> blocks;
  for (int i = 0; i + 1 < options.layers; ++i) {
    blocks.emplace_back(
        parameters, "bns." + std::to_string(i), options.hidden,
        ActivationBlockOptions{options.batch_norm, true, options.dropout, static_cast<std::uint32_t>(i + 1)});
  }
  std::vector<ActivationBlock> input_dropout;
  if (options.input_dropout > 0.0f) {
    input_dropout.emplace_back(parameters, "input", options.in,
                               ActivationBlockOptions{false, false, options.input_dropout, 0});
  }
  return {std::move(layers), std::move(blocks), std::move(input_dropout)};
}

}  // namespace weft::models
