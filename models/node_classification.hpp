#pragma once
// The task of node classification: cross entropy on the training rows, the whole training step around an
// encoder, and the count of correct rows per split part. It records all three programs of a plan.
#include "models/encoder.hpp"

namespace weft::models {

/// Device memory of the task; views must outlive the plan.
struct NodeLabels {
  Vec<const std::int32_t> train;  // [r] labels of the training rows, in the order of the training batch
  Vec<const std::int32_t> all;    // [n] labels of all nodes; what has none is never in a part
  Vec<const std::uint8_t> part;   // [n] 0 train, 1 valid, 2 test, anything else: in no part
};

/// What the programs leave behind. Device memory.
struct NodeResults {
  Vec<double> loss;             // [1] of the last training step, before its update
  Vec<std::int64_t> correct;    // [kSplitParts] of the last evaluation
  Vec<std::int32_t> predicted;  // [n] argmax of the last evaluation; empty: not wanted
};

/// Records setup and training: begin the step, zero the gradients, forward, loss, backward, Adam.
/// `groups` is the encoder's weight-decay ranges in the backend's memory.
void record_training(Recorder& recorder, Encoder& encoder, const Batch& batch, const NodeLabels& labels,
                     const NodeResults& results, StepState* state, Vec<const AdamGroup> groups);

/// Records evaluation: forward in evaluation mode over all rows, then counts and predictions.
void record_evaluation(Recorder& recorder, Encoder& encoder, const Batch& batch, const NodeLabels& labels,
                       const NodeResults& results);

}  // namespace weft::models
