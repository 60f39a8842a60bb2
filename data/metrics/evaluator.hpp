#pragma once
// OGB's Evaluator: which metric a dataset is scored by, the checks on its input in OGB's order, and OGB's
// names of inputs and results. EVALUATORS.md tells where its answers differ from OGB's.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data/containers/file_array.hpp"
#include "data/dataset.hpp"
#include "data/metrics/metrics_tokens.hpp"

namespace weft::data {

/// Inputs by OGB's keys, in memory or inside files.
using FileArrays = std::map<std::string, FileArray>;

/// What was scored, by OGB's keys and in OGB's order. Of mrr either the lists ("mrr_list", one value per row)
/// or their means, which OGB leaves to its user ("mrr").
struct Evaluation {
  std::vector<std::pair<std::string, double>> scores;
  std::vector<std::pair<std::string, std::vector<float>>> lists;

  /// Errors: kNotFound.
  double score(const std::string& name) const;
  const std::vector<float>& list(const std::string& name) const;
};

struct EvaluateOptions {
  int threads = 1;
  bool lists = false;  // of mrr; other metrics have none
};

class Evaluator {
 public:
  /// What the inputs look like.
  enum class Form : std::uint8_t {
    kMatrices,  // y_true, y_pred [n, tasks]: acc, rocauc, ap, rmse
    kPairs,     // y_pred_pos [p], y_pred_neg [m]: rocauc with 0 tasks, as ogbl-vessel
    kHits,      // the same: hits@K
    kRanks,     // y_pred_pos [n], y_pred_neg [n, c], or both once for heads and once for tails: mrr
    kTokens,    // seq_ref, seq_pred, lists of lists of texts: F1
  };

  /// Errors: kNotFound for a name that is no dataset's.
  explicit Evaluator(const std::string& dataset);
  /// metric: "acc", "rocauc", "ap", "rmse", "hits@20" (any K), "mrr", "F1". num_tasks: columns of y_true; 0,
  /// also for rocauc, says that the inputs are scores of positives and negatives. Errors: kNotFound for
  /// another metric; kInvalidArgument for a K or a number of tasks that makes no sense.
  Evaluator(std::string metric, std::int64_t num_tasks);

  /// Other keys than those of the form are not looked at. Arrays inside files are read as they are needed:
  /// y_pred_neg of mrr row by row, everything else once and whole. Errors: kInvalidArgument for a missing
  /// key, a shape that does not fit, and what the metrics refuse; those of reading.
  Evaluation evaluate(const FileArrays& inputs, const EvaluateOptions& options = {}) const;
  Evaluation evaluate(const Arrays& inputs, const EvaluateOptions& options = {}) const;
  /// Of token lists. Errors: kInvalidArgument when the metric is another than F1, or as token_scores.
  Evaluation evaluate(const TokenLists& seq_ref, const TokenLists& seq_pred) const;

  /// What to give and what comes back, for people to read.
  std::string expected_input_format() const;
  std::string expected_output_format() const;

  const std::string& metric() const { return metric_; }
  std::int64_t num_tasks() const { return num_tasks_; }
  Form form() const { return form_; }

 private:
  Evaluation evaluate_matrices(const FileArrays& inputs, const EvaluateOptions& options) const;
  Evaluation evaluate_pairs(const FileArrays& inputs) const;

  std::string metric_;
  std::int64_t num_tasks_ = 0;
  std::int64_t k_ = 0;  // of hits@K
  Form form_ = Form::kMatrices;
};

/// The keys that a form may have, in OGB's order.
std::vector<std::string> input_keys(Evaluator::Form form);

/// What mrr's keys end in, given the keys there are: "" alone, or "_head" and "_tail". Errors:
/// kInvalidArgument when both forms are begun.
std::vector<std::string> rank_key_ends(const std::vector<std::string>& keys);

/// mrr's results of rows that are ranked already (mean_ranks). Errors: kInvalidArgument where there is no row
/// and means are wanted.
Evaluation evaluation_of_ranks(const std::vector<double>& ranks, bool lists);

}  // namespace weft::data
