#pragma once
// The last part of a model, which a task gives it: what the output means, what it costs, what the host scores.
#include "models/batch.hpp"
#include "models/recorder.hpp"

namespace weft::models {

class Head {
 public:
  Head() = default;
  virtual ~Head() = default;
  Head(const Head&) = delete;
  Head& operator=(const Head&) = delete;

  /// Records the loss of a training batch's output `out` [r, k]. Returns the gradient of `out`, whose
  /// memory may be that of `out`.
  virtual Tensor loss(Recorder& recorder, const Batch& batch, Tensor out) const = 0;
  /// Records what an evaluation leaves for the host.
  virtual void outputs(Recorder& recorder, const Batch& batch, Tensor out) const = 0;
};

}  // namespace weft::models
