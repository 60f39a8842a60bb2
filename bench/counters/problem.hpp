#pragma once
// A training problem small enough to run under the checking runtime, with the shape of a large one: skewed
// degrees, half of the rows in the loss, the columns of the model in question.
#include <string>

#include "bench/counters/op_call.hpp"
#include "data/dataset.hpp"
#include "engine/config/config.hpp"

namespace weft::bench {

struct ProblemOptions {
  std::string recipe = "dgl-gcn";
  NodeId nodes = 1500;
  double degree = 14.0;       // edges per node, as ogbn-arxiv's
  double train_share = 0.54;  // of the nodes, as ogbn-arxiv's
  std::int64_t channels = 128;
  std::int64_t classes = 47;
  int hidden = 256;
};

/// Sizes that a training step on a graph has, by the letters that formulas use.
struct ProblemSizes {
  std::int64_t n = 0;   // N, nodes
  std::int64_t e = 0;   // E, edges of the prepared graph
  std::int64_t r = 0;   // R, training rows
  std::int64_t er = 0;  // ER, edges of the training rows
  std::int64_t c = 0;   // C, feature columns
  std::int64_t h = 0;   // H, hidden columns
  std::int64_t k = 0;   // K, classes
  std::int64_t p = 0;   // P, parameters

  /// One N x H activation in float32.
  double activation_bytes() const { return 4.0 * static_cast<double>(n) * static_cast<double>(h); }
};

/// A dataset and a configuration that trains on it.
class Problem {
 public:
  /// Errors: kInvalidArgument when two sizes are the same number: they could not be told apart in formulas.
  explicit Problem(const ProblemOptions& options);

  const data::Dataset& dataset() const { return dataset_; }
  const engine::TrainConfig& config() const { return config_; }
  const ProblemSizes& sizes() const { return sizes_; }
  Names names() const;
  /// From this problem's sizes to those of another graph.
  Sizes scaled_to(const ProblemSizes& other) const;

 private:
  data::Dataset dataset_;
  engine::TrainConfig config_;
  ProblemSizes sizes_;
};

/// A dataset whose sizes are published, as the recipe prepares it.
struct KnownProblem {
  std::string name;
  ProblemSizes sizes;
  std::string source;
};
/// ogbn-arxiv and ogbn-products for a model of `hidden` columns and `layers` layers.
std::vector<KnownProblem> known_problems(const engine::TrainConfig& config);

}  // namespace weft::bench
