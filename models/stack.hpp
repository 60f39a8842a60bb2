#pragma once
// layer, block, layer, block, ..., layer: the frame that GCN and MLP share. The backward pass walks it from
// the end; a layer that needs its input again gets the last hidden output as it lies, and every other one
// made anew by its block, which costs one element-wise pass and saves one activation of memory per layer.
#include <vector>

#include "models/encoder.hpp"
#include "models/layers/activation_block.hpp"
#include "models/layers/linear.hpp"

namespace weft::models {

/// Layer offers
///   Tensor forward(Recorder&, const Batch&, bool last, Tensor x, bool constant)
///   Tensor backward(Recorder&, const Batch&, bool last, Tensor dy, const InputSource&, bool
///   needs_input_gradient).
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
    Tensor h = constant ? x : input_dropout_.front().forward(recorder, x, row_ids);
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const bool last = i + 1 == layers_.size();
      outputs.push_back(layers_[i].forward(recorder, batch, last, h, constant && i == 0));
      if (last) break;
      h = blocks_[i].forward(recorder, outputs.back(), row_ids);
    }
    if (training) {
      input_ = x;
      outputs_ = outputs;
      last_hidden_ = h;
      row_ids_ = row_ids;
    }
    return outputs.back();
  }

  void backward(Recorder& recorder, const Batch& batch, Tensor dy) {
    for (std::size_t i = layers_.size(); i-- > 0;) {
      const bool last = i + 1 == layers_.size();
      const InputSource input = [&] { return input_of(recorder, i, last); };
      const Tensor dx = layers_[i].backward(recorder, batch, last, dy, input, i > 0);
      if (i == 0) return;
      blocks_[i - 1].backward(recorder, outputs_[i - 1], dx, row_ids_);
      dy = dx;
    }
  }

 private:
  Tensor input_of(Recorder& recorder, std::size_t i, bool last) {
    if (last) return last_hidden_;
    if (i > 0) return blocks_[i - 1].repeat(recorder, outputs_[i - 1], row_ids_);
    return input_dropout_.empty() ? input_ : input_dropout_.front().repeat(recorder, input_, row_ids_);
  }

  std::vector<Layer> layers_;
  std::vector<ActivationBlock> blocks_;
  std::vector<ActivationBlock> input_dropout_;  // none or one
  // Of the last training forward:
  Tensor input_;
  std::vector<Tensor> outputs_;
  Tensor last_hidden_;
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
