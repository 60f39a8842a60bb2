#pragma once
// One training epoch under the checking runtime: what it moves, kernel by kernel and op by op.
#include <string>
#include <vector>

#include "bench/counters/op_call.hpp"
#include "bench/counters/problem.hpp"

namespace weft::bench {

/// Trains one epoch as the trainer does and counts it. Errors: those of a session.
std::vector<OpCall> count_training_epoch(const Problem& problem);

/// All launches of one kernel together.
struct KernelCounters {
  std::string kernel;
  std::int64_t launches = 0;
  int threads = 0;  // of a block
  std::size_t static_shared_bytes = 0, dynamic_shared_bytes = 0;
  simt::RequestCounters loads, stores;
  simt::SharedCounters shared;
  simt::AtomicCounters atomics;
  simt::Traffic traffic;
  double wide_bytes = 0.0;  // that lanes asked for 16 at a time

  /// Of loads and stores: sectors over the fewest possible.
  double sector_ratio() const;
  /// Share of the bytes that lanes ask for 16 at a time.
  double wide_share() const;
  double active_lanes() const;
};

/// In the order in which they first ran.
std::vector<KernelCounters> by_kernel(const std::vector<OpCall>& calls);

/// Distinct bytes of an epoch besides the index, in activations of N x H float32 values.
double activations_moved(const std::vector<OpCall>& calls, const ProblemSizes& sizes);

}  // namespace weft::bench
