#pragma once
// One label per node out of k: cross entropy over the training rows, the count of correct rows per split part.
#include "models/heads/head.hpp"

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

class NodeClassification final : public Head {
 public:
  NodeClassification(const NodeLabels& labels, const NodeResults& results)
      : labels_(labels), results_(results) {}

  Tensor loss(Recorder& recorder, const Batch& batch, Tensor logits) const override;
  void outputs(Recorder& recorder, const Batch& batch, Tensor logits) const override;

 private:
  NodeLabels labels_;
  NodeResults results_;
};

}  // namespace weft::models
