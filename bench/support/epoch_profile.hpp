#pragma once
// An epoch op by op: what each moves and computes by count, under the name of the step it belongs to, and the
// times it took.
#include <string>
#include <vector>

#include "bench/counters/traced_backend.hpp"
#include "bench/support/rows.hpp"
#include "engine/run/session.hpp"

namespace weft::bench {

/// A traced backend that waits for every op and takes its time.
class TimedBackend final : public TracedBackend {
 public:
  using TracedBackend::TracedBackend;

  /// Ops from here on are timed.
  void begin();
  struct Timed {
    OpCall call;
    double seconds = 0.0;
    int step = 0;  // how often the plan had waited before: its step, where it waits behind each
  };
  std::vector<Timed> end();
  /// How often the plan waited since begin().
  int steps() const { return steps_; }

  void synchronize(Stream& stream) override;

 private:
  void watch(Stream& stream, OpCall& call, const std::function<void()>& run) override;

  std::vector<double> seconds_;
  std::vector<int> step_of_;
  int steps_ = 0;
};

/// Arithmetic of dense products against rows that sparse products gather: what bounds an epoch from below.
struct Work {
  double flops = 0.0;
  double gathered_bytes = 0.0;

  double floor_seconds(const Peaks& peaks) const {
    return flops / peaks.flops + gathered_bytes / peaks.stream;
  }
};

struct ProfiledOp {
  Row row;  // name: the step's, or its program's where steps are not waited for; sizes: op and sizes
  std::string op;
  bool training = true;  // else of the evaluation
  Work work;
};

class EpochProfile {
 public:
  /// Trains `epochs` epochs, each followed by an evaluation, on a session of this backend that has begun a
  /// run. On an asynchronous backend steps have names where the session waits for each (WEFT_SYNC=1).
  EpochProfile(engine::Session& session, TimedBackend& backend, int epochs);

  const std::vector<ProfiledOp>& ops() const { return ops_; }
  /// What the recorded training step has to do.
  Work training_work() const;
  /// Medians of the training ops that come before the loss.
  double forward_seconds() const;
  /// Edges of the largest graph that was multiplied with.
  EdgeId edges() const { return edges_; }

 private:
  std::vector<ProfiledOp> ops_;
  EdgeId edges_ = 0;
};

/// What a GCN's training step takes that skips nothing but the first layer's sparse product and input
/// gradient: n rows and e edges in every layer, widths from features to classes.
Work gcn_work(std::int64_t n, EdgeId e, const std::vector<std::int64_t>& widths);

}  // namespace weft::bench
