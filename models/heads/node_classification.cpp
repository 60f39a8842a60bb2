#include "models/heads/node_classification.hpp"

namespace weft::models {

Tensor NodeClassification::loss(Recorder& recorder, const Batch&, Tensor logits) const {
  recorder.step("loss", LogSoftmaxNllT<Operand>{logits, labels_.train, logits, results_.loss});
  return logits;
}

void NodeClassification::outputs(Recorder& recorder, const Batch&, Tensor logits) const {
  recorder.step("count correct", CountCorrectT<Operand>{logits, labels_.all, labels_.part, results_.correct});
  if (!results_.predicted.empty()) recorder.step("predict", ArgmaxT<Operand>{logits, results_.predicted});
}

}  // namespace weft::models
