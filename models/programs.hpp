#pragma once
// The programs of a plan around a model and a head.
#include "models/heads/head.hpp"
#include "models/model.hpp"

namespace weft::models {

/// Records setup and training: begin the step, zero the gradients, forward, loss, backward, Adam. `state` and
/// `groups`, the model's ranges of equal weight decay, lie in the backend's memory.
void record_training(Recorder& recorder, Model& model, const Head& head, const Batch& batch, StepState* state,
                     Vec<const AdamGroup> groups);

/// Records evaluation: forward in evaluation mode, then the head's outputs.
void record_evaluation(Recorder& recorder, const Model& model, const Head& head, const Batch& batch);

}  // namespace weft::models
