#pragma once
// A model on a backend, set up from host data: what tests of models need around an encoder.
#include <algorithm>
#include <memory>
#include <vector>

#include "models/node_classification.hpp"

namespace weft::testing {

/// Host data of a small node-classification problem. The graph is a pattern with scales; rows ascending.
struct HostGraph {
  std::vector<EdgeId> offsets;
  std::vector<NodeId> cols;
  NodeId num_rows = 0;
  NodeId num_cols = 0;

  CsrView view() const {
    return {num_rows, num_cols, static_cast<EdgeId>(cols.size()), offsets.data(), cols.data(),
            nullptr,  nullptr};
  }
};

/// CSR of a dense 0/1 pattern given as rows of columns.
inline HostGraph graph_from_rows(const std::vector<std::vector<NodeId>>& rows, NodeId num_cols) {
  HostGraph g;
  g.num_rows = static_cast<NodeId>(rows.size());
  g.num_cols = num_cols;
  g.offsets.push_back(0);
  for (const std::vector<NodeId>& row : rows) {
    g.cols.insert(g.cols.end(), row.begin(), row.end());
    g.offsets.push_back(static_cast<EdgeId>(g.cols.size()));
  }
  return g;
}

inline std::vector<std::vector<NodeId>> rows_of(const HostGraph& g) {
  std::vector<std::vector<NodeId>> rows(static_cast<std::size_t>(g.num_rows));
  for (NodeId r = 0; r < g.num_rows; ++r) {
    rows[static_cast<std::size_t>(r)].assign(g.cols.begin() + g.offsets[static_cast<std::size_t>(r)],
                                             g.cols.begin() + g.offsets[static_cast<std::size_t>(r) + 1]);
  }
  return rows;
}

inline HostGraph transposed(const HostGraph& g) {
  std::vector<std::vector<NodeId>> rows(static_cast<std::size_t>(g.num_cols));
  const auto original = rows_of(g);
  for (NodeId r = 0; r < g.num_rows; ++r) {
    for (const NodeId c : original[static_cast<std::size_t>(r)])
      rows[static_cast<std::size_t>(c)].push_back(r);
  }
  return graph_from_rows(rows, g.num_rows);
}

struct ModelProblem {
  models::EncoderOptions options;
  HostGraph graph;               // [n, n], row = target
  std::vector<float> row_scale;  // [n]
  std::vector<float> col_scale;  // [n]
  std::vector<float> features;   // [n, c]
  std::vector<std::int32_t> labels;
  std::vector<NodeId> train;  // ascending
  float learning_rate = 0.01f;
};

/// The encoder with its plan recorded, compiled and allocated on a backend that reads host memory.
class ModelRun {
 public:
  ModelRun(Backend& backend, const ModelProblem& problem)
      : backend_(backend), problem_(problem), encoder_(models::make_encoder(problem.options)) {
    encoder_->allocate(backend);
    restrict_rows();
    part_.assign(problem.labels.size(), 1);
    for (const NodeId row : problem.train) {
      part_[static_cast<std::size_t>(row)] = 0;
      train_labels_.push_back(problem.labels[static_cast<std::size_t>(row)]);
    }
    record();
  }

  /// One training step; returns the loss before it.
  double step() {
    plan_.run(models::Program::kTrain, backend_, stream_);
    return loss_;
  }

  std::vector<std::int64_t> evaluate() {
    plan_.run(models::Program::kEvaluate, backend_, stream_);
    return {correct_, correct_ + kSplitParts};
  }

  models::Encoder& encoder() { return *encoder_; }
  models::Parameters& parameters() { return encoder_->parameters(); }
  const models::Plan& plan() const { return plan_; }
  StepState& state() { return state_; }
  Stream& stream() { return stream_; }

 private:
  static Vec<const float> view(const std::vector<float>& v) {
    return {v.data(), static_cast<std::int64_t>(v.size())};
  }

  void restrict_rows() {
    const auto rows = rows_of(problem_.graph);
    std::vector<std::vector<NodeId>> chosen;
    for (const NodeId row : problem_.train) {
      chosen.push_back(rows[static_cast<std::size_t>(row)]);
      train_row_scale_.push_back(problem_.row_scale[static_cast<std::size_t>(row)]);
    }
    train_graph_ = graph_from_rows(chosen, problem_.graph.num_cols);
    graph_back_ = transposed(problem_.graph);
    train_back_ = transposed(train_graph_);
    all_ = {problem_.graph.view(), graph_back_.view(), view(problem_.row_scale), view(problem_.col_scale)};
    train_ = {train_graph_.view(), train_back_.view(), view(train_row_scale_), view(problem_.col_scale)};
  }

  void record() {
    const auto n = static_cast<std::int64_t>(problem_.labels.size());
    models::Recorder recorder(plan_, backend_, &state_);
    const models::Tensor features = plan_.external("features", n, problem_.options.in);
    const models::Batch training{
        features, &all_, &train_, {problem_.train.data(), static_cast<std::int64_t>(problem_.train.size())}};
    const models::Batch evaluation{features, &all_, &all_, {}};
    const models::NodeLabels labels{{train_labels_.data(), static_cast<std::int64_t>(train_labels_.size())},
                                    {problem_.labels.data(), n},
                                    {part_.data(), n}};
    const models::NodeResults results{{&loss_, 1}, {correct_, kSplitParts}, {}};
    const std::vector<AdamGroup>& groups = parameters().groups();
    models::record_training(recorder, *encoder_, training, labels, results, &state_,
                            {groups.data(), static_cast<std::int64_t>(groups.size())});
    models::record_evaluation(recorder, *encoder_, evaluation, labels, results);
    plan_.compile();
    plan_.allocate(backend_);
    plan_.attach(features,
                 {problem_.features.data(), n, problem_.options.in, problem_.options.in, DType::kF32});
    state_.learning_rate = problem_.learning_rate;
    parameters().initialize(stream_, state_.seed, state_.run);
    plan_.run(models::Program::kSetup, backend_, stream_);
  }

  Backend& backend_;
  ModelProblem problem_;
  std::unique_ptr<models::Encoder> encoder_;
  models::Plan plan_;
  Stream stream_;
  StepState state_;
  double loss_ = 0.0;
  std::int64_t correct_[kSplitParts] = {};
  std::vector<std::uint8_t> part_;
  std::vector<std::int32_t> train_labels_;
  std::vector<float> train_row_scale_;
  HostGraph train_graph_, graph_back_, train_back_;
  models::GraphOperator all_, train_;
};

}  // namespace weft::testing
