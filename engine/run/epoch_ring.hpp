#pragma once
// Where the results of queued epochs arrive. The host queues the next epoch before it looks at this one's
// loss; nothing inside an epoch waits for the host.
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "engine/run/snapshot.hpp"

namespace weft::engine {

/// What an epoch leaves behind.
struct Epoch {
  double loss = 0.0;                                             // of its training step, before the update
  std::optional<std::array<std::int64_t, kSplitParts>> correct;  // if it was evaluated
  double seconds_train = 0.0;                                    // on the backend's clock
  double seconds_evaluate = 0.0;                                 // 0 if it was not evaluated
  SnapshotPtr state;                                             // after its step; null where none is kept
};

class EpochRing {
 public:
  /// Room for `size` epochs in flight. Errors: kOutOfMemory.
  EpochRing(Backend& backend, int size);

  /// For each epoch, in this order around the work that is queued: begin; trained; evaluated, if it is; end.
  /// `loss` and `correct` lie in the backend's memory and may be overwritten by work queued later.
  void begin(Stream& stream);
  void trained(Stream& stream, Vec<const double> loss);
  void evaluated(Stream& stream, Vec<const std::int64_t> correct);
  void end(SnapshotPtr state);

  int in_flight() const { return in_flight_; }
  /// Waits for the oldest epoch in flight.
  Epoch take();

 private:
  struct Results {
    double loss;
    std::int64_t correct[kSplitParts];
  };
  struct Slot {
    explicit Slot(Backend& backend)
        : results(backend),
          begin(backend.make_event()),
          trained(backend.make_event()),
          evaluated(backend.make_event()) {}
    HostCell<Results> results;
    std::unique_ptr<Event> begin, trained, evaluated;
    bool has_scores = false;
    SnapshotPtr state;
  };
  Slot& newest() { return slots_[static_cast<std::size_t>(next_)]; }

  Backend& backend_;
  std::vector<Slot> slots_;
  int next_ = 0;  // slot of the epoch that is being queued
  int in_flight_ = 0;
};

}  // namespace weft::engine
