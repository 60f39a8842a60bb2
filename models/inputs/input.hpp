#pragma once
// The first part of a model: makes of a batch what the encoder's first layer reads.
#include "models/batch.hpp"
#include "models/layers/layer.hpp"

namespace weft::models {

struct EncoderInput {
  LayerInput x;
  SparseInput sparse = {};         // given: the input is this, and `x` is not valid
  bool constant = false;           // the same in every step and program
  Vec<const NodeId> row_ids = {};  // what the encoder's dropouts count rows by; empty: a row is its id
};

class Input {
 public:
  Input() = default;
  virtual ~Input() = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// Records into the recorder's program; training mode iff that is Program::kTrain.
  virtual EncoderInput forward(Recorder& recorder, const Batch& batch) const = 0;
};

}  // namespace weft::models
