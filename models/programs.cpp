#include "models/programs.hpp"

namespace weft::models {

void record_training(Recorder& recorder, Model& model, const Head& head, const Batch& batch, StepState* state,
                     Vec<const AdamGroup> groups) {
  Parameters& parameters = model.parameters();
  recorder.begin(Program::kTrain);
  recorder.call("begin step", [&parameters, state](const Execution& run) {
    run.backend.run(run.stream, BeginStep{state});
    parameters.gradients().fill_zero(run.stream);
  });
  const EncoderPass pass = model.forward(recorder, batch);
  pass.backward(recorder, head.loss(recorder, batch, pass.y));
  recorder.call("adam", [&parameters, state, groups](const Execution& run) {
    run.backend.run(run.stream, Adam{parameters.values().view(), parameters.gradients().view(),
                                     parameters.moment1().view(), parameters.moment2().view(), groups,
                                     AdamOptions{}, state});
  });
}

void record_evaluation(Recorder& recorder, const Model& model, const Head& head, const Batch& batch) {
  recorder.begin(Program::kEvaluate);
  head.outputs(recorder, batch, model.forward(recorder, batch).y);
}

}  // namespace weft::models
