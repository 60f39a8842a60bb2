#pragma once
// The batch's features, dense or sparse, with dropout on them in training. A model without a graph reads the
// output rows alone, so that in training its batch statistics are over the training rows, as in OGB's example.
#include <optional>

#include "models/inputs/input.hpp"
#include "models/layers/activation_block.hpp"

namespace weft::models {

class Features final : public Input {
 public:
  /// `all_rows`: the encoder reads the features of all nodes, because it uses a graph.
  Features(Parameters& parameters, std::int64_t channels, float dropout, bool all_rows);

  EncoderInput forward(Recorder& recorder, const Batch& batch) const override;

 private:
  std::optional<ActivationBlock> dropout_;
  bool all_rows_;
};

}  // namespace weft::models
