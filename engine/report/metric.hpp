#pragma once
// What a score is: which of two is better, and how scores are shown.
#include <string>
#include <string_view>

namespace weft::engine {

struct Metric {
  std::string name = "acc";  // as data::Evaluator knows it
  bool higher_is_better = true;
  double scale = 100.0;  // shown is scale * score: OGB's logger shows percent
  int decimals = 2;      // of what is shown
  std::string_view unit = "%";

  /// "68.71" of 0.68712.
  std::string shown(double score) const;
  /// "Highest", or "Lowest" where that is better.
  std::string_view best_word() const { return higher_is_better ? "Highest" : "Lowest"; }
};

/// Errors: kUnsupported for a metric that is none of data::Evaluator's.
Metric metric_named(const std::string& name);

/// Whether `score` is better than `best`, compared as OGB's logger does: in the units that are shown, in
/// float32. Every number is better than NaN.
bool beats(double score, double best, const Metric& metric);

}  // namespace weft::engine
