#pragma once
// A model on a backend, set up from host data: what tests of models need around a model.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "models/heads/node_classification.hpp"
#include "models/programs.hpp"

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
  models::ModelOptions options;
  HostGraph graph;               // [n, n], row = target
  std::vector<float> row_scale;  // [n]
  std::vector<float> col_scale;  // [n]
  std::vector<float> features;   // [n, c]
  std::vector<std::int32_t> labels;
  std::vector<NodeId> train;  // ascending
  float learning_rate = 0.01f;
  bool sparse = false;  // features are kept sparse
};

/// A host vector in a backend's memory.
template <class T>
Buffer<T> uploaded(Backend& backend, Stream& stream, const std::vector<T>& host) {
  Buffer<T> buffer(backend, static_cast<std::int64_t>(host.size()), "test");
  buffer.upload(stream, host.data());
  return buffer;
}

template <class T>
std::vector<T> downloaded(Stream& stream, const Buffer<T>& buffer) {
  std::vector<T> host(static_cast<std::size_t>(buffer.size()));
  buffer.download(stream, host.data());
  return host;
}

/// A graph operator and its transpose in a backend's memory.
class OperatorOnBackend {
 public:
  OperatorOnBackend(Backend& backend, Stream& stream, const HostGraph& graph,
                    const std::vector<float>& row_scale, const std::vector<float>& col_scale)
      : forward_(backend, stream, graph.view()),
        backward_(backend, stream, transposed(graph).view()),
        row_scale_(uploaded(backend, stream, row_scale)),
        col_scale_(uploaded(backend, stream, col_scale)),
        view_{forward_.view(), backward_.view(), row_scale_.view(), col_scale_.view(), {}} {}

  const models::GraphOperator& view() const { return view_; }
  void set_rows(Vec<const NodeId> rows) { view_.rows = rows; }

 private:
  Csr forward_, backward_;
  Buffer<float> row_scale_, col_scale_;
  models::GraphOperator view_;
};

/// The values of a dense matrix [n, channels] that are not zero, and its transpose, in a backend's memory.
class SparseOnBackend {
 public:
  SparseOnBackend(Backend& backend, Stream& stream, const std::vector<float>& dense, std::int64_t channels) {
    const auto n = static_cast<std::int64_t>(dense.size()) / channels;
    std::vector<std::vector<NodeId>> rows(static_cast<std::size_t>(n));
    std::vector<std::vector<NodeId>> columns(static_cast<std::size_t>(channels));
    std::vector<std::vector<EdgeId>> entries(columns.size());
    std::vector<float> values;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < channels; ++j) {
        const float value = dense[static_cast<std::size_t>(i * channels + j)];
        if (value == 0.0f) continue;
        rows[static_cast<std::size_t>(i)].push_back(static_cast<NodeId>(j));
        columns[static_cast<std::size_t>(j)].push_back(static_cast<NodeId>(i));
        entries[static_cast<std::size_t>(j)].push_back(static_cast<EdgeId>(values.size()));
        values.push_back(value);
      }
    }
    std::vector<EdgeId> ids;
    for (const auto& column : entries) ids.insert(ids.end(), column.begin(), column.end());
    matrix_ = Csr(backend, stream, graph_from_rows(rows, static_cast<NodeId>(channels)).view());
    transposed_ = Csr(backend, stream, graph_from_rows(columns, static_cast<NodeId>(n)).view());
    values_ = uploaded(backend, stream, values);
    ids_ = uploaded(backend, stream, ids);
    view_ = {matrix_.view(), transposed_.view()};
    view_.matrix.weights = values_.data();
    view_.transposed.edge_ids = ids_.data();
  }

  const models::SparseMatrix& view() const { return view_; }

 private:
  Csr matrix_, transposed_;
  Buffer<float> values_;
  Buffer<EdgeId> ids_;
  models::SparseMatrix view_;
};

/// The model with its plan recorded, compiled, allocated and set up on a backend.
class ModelRun {
 public:
  ModelRun(Backend& backend, const ModelProblem& problem, const models::Storage& storage = {})
      : backend_(backend), problem_(problem), model_(problem.options) {
    model_.allocate(backend);
    upload();
    record(storage);
    set_up();
  }

  /// Starting values and step 0.
  void begin() {
    const StepState state{0, 0, 0, problem_.learning_rate};
    parameters().initialize(stream_, state.seed, state.run);
    state_.upload(stream_, &state);
  }

  /// One training step; returns the loss before it.
  double step() {
    plan_.run(models::Program::kTrain, backend_, stream_);
    return downloaded(stream_, loss_)[0];
  }

  std::vector<std::int64_t> evaluate() {
    plan_.run(models::Program::kEvaluate, backend_, stream_);
    return downloaded(stream_, correct_);
  }

  models::Model& model() { return model_; }
  models::Parameters& parameters() { return model_.parameters(); }
  const models::Plan& plan() const { return plan_; }
  void set_mode(const models::RunMode& mode) { plan_.set_mode(mode); }
  StepState state() { return downloaded(stream_, state_)[0]; }

  std::vector<float> values() { return downloaded(stream_, parameters().values()); }
  void set_values(const std::vector<float>& values) { parameters().values().upload(stream_, values.data()); }
  std::vector<float> gradients() { return downloaded(stream_, parameters().gradients()); }
  std::vector<float> states() { return downloaded(stream_, parameters().states()); }

 private:
  void upload() {
    std::vector<std::uint8_t> part(problem_.labels.size(), 1);
    std::vector<std::int32_t> train_labels;
    std::vector<float> train_row_scale;
    std::vector<std::vector<NodeId>> chosen;
    const auto rows = rows_of(problem_.graph);
    for (const NodeId row : problem_.train) {
      const auto at = static_cast<std::size_t>(row);
      part[at] = 0;
      train_labels.push_back(problem_.labels[at]);
      train_row_scale.push_back(problem_.row_scale[at]);
      chosen.push_back(rows[at]);
    }
    all_.emplace(backend_, stream_, problem_.graph, problem_.row_scale, problem_.col_scale);
    train_.emplace(backend_, stream_, graph_from_rows(chosen, problem_.graph.num_cols), train_row_scale,
                   problem_.col_scale);
    labels_ = uploaded(backend_, stream_, problem_.labels);
    train_labels_ = uploaded(backend_, stream_, train_labels);
    train_rows_ = uploaded(backend_, stream_, problem_.train);
    train_->set_rows(train_rows_.view());
    part_ = uploaded(backend_, stream_, part);
    if (problem_.sparse) sparse_.emplace(backend_, stream_, problem_.features, problem_.options.in);
    features_ = uploaded(backend_, stream_, problem_.features);
    groups_ = uploaded(backend_, stream_, parameters().groups());
    state_ = Buffer<StepState>(backend_, 1, "step state");
    loss_ = Buffer<double>(backend_, 1, "loss");
    correct_ = Buffer<std::int64_t>(backend_, kSplitParts, "counts");
  }

  void record(const models::Storage& storage) {
    const auto n = static_cast<std::int64_t>(problem_.labels.size());
    models::Recorder recorder(plan_, backend_, state_.data(), storage);
    features_tensor_ = plan_.external("features", n, problem_.options.in);
    const models::NodeClassification head({train_labels_.view(), labels_.view(), part_.view()},
                                          {loss_.view(), correct_.view(), {}});
    models::Batch training{features_tensor_};
    if (sparse_) training.sparse_features = &sparse_->view();
    models::Batch evaluation = training;
    training.rows = train_rows_.view();
    if (model_.uses_graph()) {
      training.graphs = models::layer_graphs(model_.layers(), all_->view(), train_->view());
      evaluation.graphs = models::layer_graphs(model_.layers(), all_->view(), all_->view());
    }
    models::record_training(recorder, model_, head, training, state_.data(), groups_.view());
    models::record_evaluation(recorder, model_, head, evaluation);
    plan_.compile();
  }

  void set_up() {
    const std::int64_t channels = problem_.options.in;
    plan_.allocate(backend_);
    plan_.attach(features_tensor_,
                 {features_.data(), features_.size() / channels, channels, channels, DType::kF32});
    plan_.run(models::Program::kSetup, backend_, stream_);
    begin();
  }

  Backend& backend_;
  ModelProblem problem_;
  models::Model model_;
  models::Plan plan_;
  Stream stream_;
  std::optional<OperatorOnBackend> all_, train_;
  std::optional<SparseOnBackend> sparse_;
  Buffer<std::int32_t> labels_, train_labels_;
  Buffer<NodeId> train_rows_;
  Buffer<std::uint8_t> part_;
  Buffer<float> features_;
  Buffer<AdamGroup> groups_;
  Buffer<StepState> state_;
  Buffer<double> loss_;
  Buffer<std::int64_t> correct_;
  models::Tensor features_tensor_;
};

}  // namespace weft::testing
