#pragma once
// A training's numbers as they were after one step, in the backend's memory: queued like any other work, so
// that the next step needs not wait, and brought to the host only where a checkpoint is written.
#include <memory>
#include <vector>

#include "models/parameters.hpp"

namespace weft::engine {

/// Parameters, Adam's moments and running statistics as they lie in the model's vectors.
class Snapshot {
 public:
  /// Takes the memory; `parameters` must have theirs.
  Snapshot(Backend& backend, models::Parameters& parameters);

  /// Queues copies of what `parameters` hold after `step` steps.
  void take(Backend& backend, Stream& stream, models::Parameters& parameters, std::int64_t step);

  const Buffer<float>& values() const { return values_; }
  const Buffer<float>& moment1() const { return moment1_; }
  const Buffer<float>& moment2() const { return moment2_; }
  const Buffer<float>& states() const { return states_; }
  std::int64_t step() const { return step_; }

 private:
  Buffer<float> values_, moment1_, moment2_, states_;
  std::int64_t step_ = 0;
};

/// Holding it keeps it from being overwritten.
using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// A fixed number of snapshots, so that none is allocated while a run trains.
class SnapshotPool {
 public:
  SnapshotPool(Backend& backend, models::Parameters& parameters, int count);
  /// Queues a snapshot into one that nobody holds. Errors: kInvalidArgument when all are held.
  SnapshotPtr take(Backend& backend, Stream& stream, models::Parameters& parameters, std::int64_t step);

 private:
  std::vector<std::shared_ptr<Snapshot>> all_;
};

}  // namespace weft::engine
