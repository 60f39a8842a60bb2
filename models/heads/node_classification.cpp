#include "models/heads/node_classification.hpp"

namespace weft::models {

Tensor NodeClassification::loss(Recorder& recorder, const Batch&, Tensor logits) const {
  recorder.log_softmax_nll("loss", logits, labels_.train, results_.loss);
  return logits;
}

void NodeClassification::outputs(Recorder& recorder, const Batch&, Tensor logits) const {
  recorder.count_correct("count correct", logits, labels_.all, labels_.part, results_.correct);
  if (!results_.predicted.empty()) recorder.argmax("predict", logits, results_.predicted);
}

}  // namespace weft::models
