#pragma once
// The Open Graph Benchmark's way of choosing an epoch and averaging runs, and the lines its examples print.
// Scores are fractions; lines show percent.
#include <string>
#include <vector>

#include "engine/include/weft/weft.hpp"

namespace weft::engine {

/// One evaluation, as metrics.jsonl keeps it.
struct Evaluation {
  int run = 1;  // from 1, as printed
  int epoch = 0;
  double loss = 0.0;  // of this epoch's training step
  double train = 0.0;
  double valid = 0.0;
  double test = 0.0;
  double seconds = 0.0;  // since the evaluation before, this one included
};

/// "Run: 01, Epoch: 50, Loss: 1.1489, Train: 68.71%, Valid: 68.93% Test: 68.32%"
std::string evaluation_line(const Evaluation& evaluation);

class Logger {
 public:
  /// Evaluations come in order, run by run.
  void add(const Evaluation& evaluation);

  /// Position of the first highest validation score among a run's evaluations, compared in float32 as OGB
  /// does. Errors: kInvalidArgument for a run (from 0) without evaluations.
  std::size_t best(int run) const;
  const std::vector<Evaluation>& evaluations(int run) const;
  int runs() const { return static_cast<int>(runs_.size()); }

  /// The run's scores at its best epoch; the seed is the caller's to fill in.
  RunResult result(int run) const;
  /// "Run 01:" and the four lines below it, without a last line end.
  std::string run_block(int run) const;

 private:
  std::vector<std::vector<Evaluation>> runs_;
};

/// Fills in the four spreads from summary.runs. Errors: kInvalidArgument without runs.
void summarize(TrainResult& summary);

/// "All runs:" and the four lines below it. One run has no deviation; OGB prints "nan" there, and so do we.
std::string all_runs_block(const TrainResult& summary);

}  // namespace weft::engine
