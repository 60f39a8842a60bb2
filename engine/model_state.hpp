#pragma once
// The numbers of a training in host memory: taken from a session, put back into one, kept in a checkpoint.
#include <vector>

#include "engine/checkpoint.hpp"
#include "engine/session.hpp"

namespace weft::engine {

/// Parameters, Adam's moments and running statistics as they lie in the model's vectors.
struct ModelState {
  std::vector<float> values, moment1, moment2, states;
  std::int64_t step = 0;

  bool empty() const { return values.empty(); }
};

/// Copies the session's numbers; reuses the memory of `state`.
void take(Session& session, ModelState& state);

/// Writes `state` into the checkpoint's arrays and step, by the parameters' names.
void to_checkpoint(const models::Parameters& parameters, const ModelState& state, Checkpoint& checkpoint);

/// Loads a checkpoint's arrays into the session's parameters, moments and running statistics.
/// Errors: kBadData for an array that is missing or has another shape.
void restore(const Checkpoint& checkpoint, Session& session);

}  // namespace weft::engine
