#include "models/node_classification.hpp"

namespace weft::models {

void record_training(Recorder& recorder, Encoder& encoder, const Batch& batch, const NodeLabels& labels,
                     const NodeResults& results, StepState* state, Vec<const AdamGroup> groups) {
  Parameters& parameters = encoder.parameters();
  recorder.begin(Program::kTrain);
  recorder.call("begin step", [&parameters, state](const Execution& run) {
    run.backend.begin_step(run.stream, state);
    parameters.gradients().fill_zero(run.stream);
  });
  const Tensor logits = encoder.forward(recorder, batch);
  recorder.log_softmax_nll("loss", logits, labels.train, results.loss);
  encoder.backward(recorder, batch, logits);
  recorder.call("adam", [&parameters, state, groups](const Execution& run) {
    run.backend.adam(run.stream, parameters.values().view(), parameters.gradients().view(),
                     parameters.moment1().view(), parameters.moment2().view(), groups, AdamOptions{}, state);
  });
}

void record_evaluation(Recorder& recorder, Encoder& encoder, const Batch& batch, const NodeLabels& labels,
                       const NodeResults& results) {
  recorder.begin(Program::kEvaluate);
  const Tensor logits = encoder.forward(recorder, batch);
  recorder.count_correct("count correct", logits, labels.all, labels.part, results.correct);
  if (!results.predicted.empty()) recorder.argmax("predict", logits, results.predicted);
}

}  // namespace weft::models
