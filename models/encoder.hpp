#pragma once
// The middle part of a model: layer, block, layer, block, ..., layer. Features of nodes -> one vector per
// output row.
#include <memory>
#include <vector>

#include "models/inputs/input.hpp"
#include "models/layers/activation_block.hpp"
#include "models/layers/layer.hpp"

namespace weft::models {

/// A forward pass and the way back.
struct EncoderPass {
  Tensor y;                                            // [r, out]
  std::function<void(Recorder&, Tensor dy)> backward;  // records the backward pass; for the training program
};

class Encoder {
 public:
  /// A block behind each layer but the last.
  Encoder(std::vector<std::unique_ptr<Layer>> layers, std::vector<ActivationBlock> blocks);

  /// Takes the memory of statistics.
  void allocate(Backend& backend);
  /// Records the forward pass into the recorder's program.
  EncoderPass forward(Recorder& recorder, const Batch& batch, const EncoderInput& input) const;

  bool uses_graph() const;
  bool takes_sparse_features() const { return layers_.front()->takes_sparse_input(); }

 private:
  /// A layer, and the block behind it where there is one.
  struct Stage {
    LayerResult layer;
    BlockResult block;
  };
  void backward(Recorder& recorder, const std::vector<Stage>& stages, Tensor dy) const;

  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<ActivationBlock> blocks_;
};

}  // namespace weft::models
