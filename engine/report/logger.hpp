#pragma once
// The Open Graph Benchmark's way of choosing an epoch and averaging runs, and the lines its examples print.
// Lines show scores as their metric says: fractions in percent.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/include/weft/weft.hpp"
#include "engine/report/metric.hpp"

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

/// The rule by which a run's epoch is chosen.
struct Selection {
  bool last = false;  // the last epoch, whatever its scores; else the first best validation score
  Metric metric = {};
};

/// "Run: 01, Epoch: 50, Loss: 1.1489, Train: 68.71%, Valid: 68.93% Test: 68.32%"
std::string evaluation_line(const Evaluation& evaluation, const Metric& metric);

class Logger {
 public:
  explicit Logger(Selection selection = {}) : selection_(selection) {}

  /// Evaluations come in order, run by run. Returns whether this one has the best validation score of all
  /// runs so far; where the last epoch is chosen, no score is the best.
  bool add(const Evaluation& evaluation);

  /// Position of the chosen one among a run's evaluations. Errors: kInvalidArgument for a run (from 0)
  /// without evaluations.
  std::size_t chosen(int run) const;
  const std::vector<Evaluation>& evaluations(int run) const;
  /// The evaluations of earlier runs, and those of `run` up to `epoch`, in order.
  std::vector<Evaluation> up_to(int run, int epoch) const;
  int runs() const { return static_cast<int>(runs_.size()); }

  const Metric& metric() const { return selection_.metric; }
  /// The run's scores at its chosen epoch; the seed is the caller's to fill in. Its highest scores are its
  /// best ones, the lowest where that is better.
  RunResult result(int run) const;
  /// "Run 01:" and the four lines below it, without a last line end.
  std::string run_block(int run) const;

 private:
  std::size_t best(int run) const;

  Selection selection_;
  std::vector<std::vector<Evaluation>> runs_;
  std::optional<double> best_valid_;  // over all runs
};

/// Fills in the four spreads from summary.runs. Errors: kInvalidArgument without runs.
void summarize(TrainResult& summary);

/// "All runs:" and the four lines below it. One run has no deviation; where OGB prints "± nan", nothing is.
std::string all_runs_block(const TrainResult& summary, const Metric& metric);

}  // namespace weft::engine
