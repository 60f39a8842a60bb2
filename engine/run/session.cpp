#include "engine/run/session.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "data/metrics/metrics.hpp"
#include "engine/input/counts.hpp"
#include "models/programs.hpp"

namespace weft::engine {
namespace {

template <class T>
Buffer<T> uploaded(Backend& backend, Stream& stream, const std::vector<T>& host, const char* what) {
  Buffer<T> buffer(backend, static_cast<std::int64_t>(host.size()), what);
  buffer.upload(stream, host.data());
  return buffer;
}

bool environment_says(const char* name, std::string_view wanted) {
  const char* value = std::getenv(name);
  return value != nullptr && value == wanted;
}

/// WEFT_SYNC=1 has every step waited for, and so timed; WEFT_GRAPH=0 has epochs queued step by step.
models::RunMode run_mode(const Backend& backend) {
  const bool waits = environment_says("WEFT_SYNC", "1");
  return {waits || !backend.asynchronous(), !waits && !environment_says("WEFT_GRAPH", "0")};
}

/// Memory traffic bounds a GPU's epochs, and memory a CPU's graphs (engine/DECISIONS.md, 2, 14 and 29).
models::Storage storage(const Backend& backend, const ComputeOptions& options) {
  return {backend.asynchronous(), options.precision == "bf16" ? DType::kBf16 : DType::kF32,
          !backend.asynchronous()};
}

/// Values by row as values by original id.
std::vector<std::int32_t> in_original_order(std::vector<std::int32_t> by_row, Vec<const NodeId> order) {
  if (order.empty()) return by_row;
  std::vector<std::int32_t> by_id(by_row.size());
  for (std::int64_t row = 0; row < order.size; ++row)
    by_id[static_cast<std::size_t>(order[row])] = by_row[static_cast<std::size_t>(row)];
  return by_id;
}

/// Held while an epoch is submitted: the last two states, the best one, those in flight, and its own.
int kept_states(const SessionOptions& options) { return options.keep_states ? 4 + options.ahead : 0; }

/// Elements of dense products that cost as much as an entry of a sparse one (engine/DECISIONS.md, 30).
constexpr std::int64_t kDenseElements = 8;

}  // namespace

ModelShape trainable_shape(const data::Dataset& dataset, const FeatureOptions& features) {
  const data::Facts& facts = dataset.facts;
  if (facts.task == "node" && facts.num_tasks == 0) {
    fail(ErrorCode::kUnsupported, facts.name,
         ": has no labels, so there is nothing to learn from; give it labels, or `weft predict` it with "
         "a model that is trained");
  }
  if (facts.task != "node" || facts.metric != "acc" || facts.num_tasks != 1) {
    fail(ErrorCode::kUnsupported, facts.name, ": task '", facts.task, "', metric '", facts.metric, "', ",
         facts.num_tasks,
         " label columns; training knows node classification with one label column and accuracy");
  }
  if (dataset.relations.size() != 1 || dataset.tables.count(data::kNodeType) == 0) {
    fail(ErrorCode::kUnsupported, facts.name, ": has ", dataset.tables.size(), " node types and ",
         dataset.relations.size(), " relations; training knows graphs with one of each");
  }
  return {feature_width(dataset, features), facts.num_classes};
}

models::ModelOptions model_options(const ModelOptions& model, const OptimizerOptions& optimizer,
                                   const ModelShape& shape) {
  models::ModelOptions options;
  options.kind = model.kind;
  options.layers = model.layers;
  options.in = shape.channels;
  options.hidden = model.hidden;
  options.out = shape.classes;
  options.dropout = static_cast<float>(model.dropout);
  options.input_dropout = static_cast<float>(model.input_dropout);
  options.batch_norm = model.batch_norm;
  options.weight_decay = static_cast<float>(optimizer.weight_decay);
  options.weight_decay_first_layer_only = optimizer.weight_decay_on == "first-layer";
  return options;
}

Session::Session(const data::Dataset& dataset, const TrainConfig& config, ModelShape shape, Backend& backend,
                 const SessionOptions& options)
    : dataset_(dataset), config_(config), backend_(backend), options_(options), shape_(shape) {
  decide_log1p();
  const std::int64_t width = feature_width(dataset, config.features);
  WEFT_CHECK(width == shape.channels, dataset.facts.name, ": has ", width, " features where the model wants ",
             shape.channels);
  model_ = std::make_unique<models::Model>(model_options(config.model, config.optimizer, shape_));
  read_targets();
  prepare_graph();
  choose_features();
  require_memory(model_->parameters().bytes() + held_bytes(), "more than ");
  model_->allocate(backend_);
  take_small_memory();
  record();
  plan_.set_mode(run_mode(backend_));
}

Session::~Session() {
  try {
    backend_.synchronize(stream_);  // what is still queued writes into memory that goes with it
  } catch (const Error&) {
    // A device that failed has told so to whoever waited for it first.
  }
}

/// To train, the features tell; to predict, what the model was trained on does.
void Session::decide_log1p() {
  config_.features.log1p = config_.features.log1p && !random_feature_width(config_.features);
  if (!config_.features.log1p) return;
  if (!trains()) {
    notes_.push_back("Features are taken as log(1 + x), as the model was trained");
    return;
  }
  const std::optional<std::string> reason = why_no_counts(dataset_);
  config_.features.log1p = !reason;
  notes_.push_back(reason ? "Features are taken as they are, for log1p is for counts: " + *reason
                          : std::string("Features are counts and taken as log(1 + count)"));
}

void Session::read_targets() {
  targets_ = read_labels(dataset_);
  if (trains() || dataset_.splits.count(config_.split) != 0) {
    add_split(targets_, dataset_, dataset_.split(config_.split), shape_.classes);
  }
  if (trains()) require_trainable();
}

void Session::require_trainable() const {
  const std::string& name = dataset_.facts.name;
  if (targets_.train_rows.empty()) {
    fail(ErrorCode::kBadData, name, ": no training node has a label; choose another --split");
  }
  if (config_.run.select == "valid" && labelled()[static_cast<std::size_t>(data::Part::kValid)] == 0) {
    fail(
        ErrorCode::kUnsupported, name,
        ": no validation node has a label, so none of the epochs is the best; give --select last to keep the "
        "last one, or another --split");
  }
  const auto rows = model_->uses_graph() ? targets_.labels.size() : targets_.train_rows.size();
  if (config_.model.batch_norm && config_.model.layers > 1 && rows < 2) {
    fail(ErrorCode::kInvalidArgument, name, ": a batch norm needs at least 2 rows and has ", rows,
         "; give --no-batch-norm or more training nodes");
  }
}

void Session::prepare_graph() {
  if (!model_->uses_graph()) return;
  const std::vector<NodeId>& rows = targets_.train_rows;
  std::optional<Vec<const NodeId>> loss_rows;
  if (trains()) loss_rows = {rows.data(), static_cast<std::int64_t>(rows.size())};
  graph_.emplace(dataset_, config_.graph, backend_, options_.threads, loss_rows);
  notes_.insert(notes_.end(), graph_->notes().begin(), graph_->notes().end());
}

/// Original ids of the rows that dropout works on (models::Batch), where nodes were reordered.
std::vector<NodeId> Session::dropout_ids() const {
  if (!trains()) return {};
  const Vec<const NodeId> order = dataset_.node_order();
  if (order.empty() || model_->uses_graph()) return {order.begin(), order.end()};
  std::vector<NodeId> ids;
  for (const NodeId row : targets_.train_rows) ids.push_back(order[row]);
  return ids;
}

void Session::choose_features() {
  features_.emplace(dataset_, config_.features, config_.run.seed, sparse_entries_worth_keeping(), backend_,
                    trains());
}

/// Sparse where that is faster, and where nodes lie in their own order, since dropout on values counts rows
/// as they lie. Without dropout in front of it a dense X is aggregated once for all epochs, so that a sparse
/// one has the edges of two aggregations to make up for too.
std::optional<EdgeId> Session::sparse_entries_worth_keeping() const {
  const bool possible = options_.sparse && model_->takes_sparse_features();
  if (!possible || config_.compute.precision == "bf16" || !dataset_.node_order().empty()) return std::nullopt;
  const bool constant = config_.model.input_dropout == 0.0;
  const EdgeId most = dataset_.nodes().rows * shape_.channels / kDenseElements -
                      (constant && graph_ ? graph_->num_edges() : 0);
  return sparse_entries(dataset_, config_.features, most, options_.threads);
}

void Session::take_small_memory() {
  const std::int64_t n = dataset_.nodes().rows;
  device_rows_ = uploaded(backend_, stream_, targets_.train_rows, "training rows");
  original_ids_ = uploaded(backend_, stream_, dropout_ids(), "original ids");
  if (graph_) graph_->set_loss_rows(device_rows_.view());
  device_train_labels_ = uploaded(backend_, stream_, targets_.train_labels(), "training labels");
  device_labels_ = uploaded(backend_, stream_, targets_.labels, "labels");
  device_parts_ = uploaded(backend_, stream_, targets_.parts, "split");
  groups_ = uploaded(backend_, stream_, parameters().groups(), "parameter groups");
  correct_ = Buffer<std::int64_t>(backend_, kSplitParts, "counts");
  loss_ = Buffer<double>(backend_, 1, "loss");
  state_ = Buffer<StepState>(backend_, 1, "step state");
  if (!trains()) predicted_ = Buffer<std::int32_t>(backend_, n, "predictions");
}

/// Every layer works on all nodes, the last one on the output rows only.
std::vector<const models::GraphOperator*> Session::layer_graphs(const models::GraphOperator& output) const {
  return models::layer_graphs(model_->layers(), graph_->all(), output);
}

void Session::record() {
  models::Recorder recorder(plan_, backend_, state_.data(), storage(backend_, config_.compute));
  const models::SparseMatrix* const sparse = features_->sparse();
  if (sparse == nullptr) {
    features_tensor_ = plan_.external("features", dataset_.nodes().rows, shape_.channels);
  }
  const models::NodeClassification head(
      {device_train_labels_.view(), device_labels_.view(), device_parts_.view()},
      {loss_.view(), correct_.view(), predicted_.view()});
  models::Batch batch{features_tensor_};
  batch.sparse_features = sparse;
  if (trains()) {
    models::Batch training = batch;
    if (graph_) training.graphs = layer_graphs(*graph_->loss_rows());
    training.rows = device_rows_.view();
    training.original_ids = original_ids_.view();
    models::record_training(recorder, *model_, head, training, state_.data(), groups_.view());
  }
  if (graph_) batch.graphs = layer_graphs(graph_->all());
  models::record_evaluation(recorder, *model_, head, batch);
  plan_.compile();
}

/// What stays beside the plan and the parameters.
std::size_t Session::held_bytes() const {
  const std::size_t states = static_cast<std::size_t>(kept_states(options_)) * model_->parameters().bytes();
  const std::size_t graph = graph_ && !backend_.reads_host_memory() ? graph_->bytes() : 0;
  return graph + features_->bytes() + states;
}

std::size_t Session::bytes_to_take() const {
  // The scratch of the transposes is given back before the plan takes its memory.
  const std::size_t transposing = graph_ ? graph_->scratch_bytes() : 0;
  return held_bytes() + std::max(plan_.bytes(), transposing);
}

std::size_t Session::estimated_bytes() const {
  const std::size_t labels = device_labels_.bytes() + device_train_labels_.bytes() + device_rows_.bytes() +
                             device_parts_.bytes() + predicted_.bytes() + original_ids_.bytes();
  const std::size_t bytes = bytes_to_take() + model_->parameters().bytes() + labels;
  if (!backend_.reads_host_memory()) return bytes;
  const CsrView raw = dataset_.edges().csr;
  const std::size_t dataset_pages = features_->dataset_bytes() +
                                    static_cast<std::size_t>(raw.num_edges) * sizeof(NodeId) +
                                    static_cast<std::size_t>(raw.num_rows) * sizeof(EdgeId);
  return bytes + (graph_ ? graph_->host_bytes() : 0) + dataset_pages;
}

void Session::require_memory(std::size_t bytes, const char* amount) const {
  const std::size_t available = backend_.available_memory();
  if (bytes <= available) return;
  const auto megabytes = [](std::size_t b) { return std::llround(static_cast<double>(b) / 1e6); };
  fail(ErrorCode::kOutOfMemory, dataset_.facts.name, ": this configuration needs ", amount, megabytes(bytes),
       " MB of ", backend_.reads_host_memory() ? "memory" : "the device's memory", " and ",
       megabytes(available), " MB are free; lower --hidden or --layers, or use a machine with more memory");
}

void Session::allocate() {
  require_memory(bytes_to_take(), "");
  if (graph_) graph_->place(backend_, stream_);
  plan_.allocate(backend_);
  if (options_.keep_states) states_.emplace(backend_, parameters(), kept_states(options_));
  epochs_.emplace(backend_, options_.ahead + 1);
  set_up_features();
}

void Session::set_up_features() {
  features_->place(backend_, stream_, options_.threads);
  const bool dense = features_->sparse() == nullptr;
  if (dense) plan_.attach(features_tensor_, features_->dense());
  plan_.run(models::Program::kSetup, backend_, stream_);
  const bool still_needed = dense && (plan_.uses(models::Program::kTrain, features_tensor_) ||
                                      plan_.uses(models::Program::kEvaluate, features_tensor_));
  features_->release(!still_needed);
}

void Session::set_state(std::uint64_t seed, std::int64_t step) {
  StepState state;
  state.seed = seed;
  state.step = step;
  state.learning_rate = static_cast<float>(config_.optimizer.lr);
  state_.upload(stream_, &state);
  step_ = step;
}

void Session::begin_run(std::uint64_t seed) {
  parameters().initialize(stream_, seed, 0);
  set_state(seed, 0);
}

void Session::continue_run(std::uint64_t seed, std::int64_t step) { set_state(seed, step); }

void Session::submit(bool evaluate) {
  epochs_->begin(stream_);
  plan_.run(models::Program::kTrain, backend_, stream_);
  ++step_;
  epochs_->trained(stream_, loss_.view());
  if (evaluate) {
    plan_.run(models::Program::kEvaluate, backend_, stream_);
    epochs_->evaluated(stream_, correct_.view());
  }
  epochs_->end(options_.keep_states ? keep_state() : nullptr);
}

Epoch Session::collect() { return epochs_->take(); }

void Session::discard() {
  while (in_flight() > 0) collect();
}

SnapshotPtr Session::keep_state() { return states_->take(backend_, stream_, parameters(), step_); }

Scores Session::scores(const std::array<std::int64_t, kSplitParts>& correct) const {
  Scores scores{};
  for (std::size_t part = 0; part < scores.size(); ++part) {
    scores[part] = targets_.totals[part] == 0
                       ? std::numeric_limits<double>::quiet_NaN()
                       : data::accuracy_from_counts(correct[part], targets_.totals[part]);
  }
  return scores;
}

Session::Prediction Session::predict() {
  plan_.run(models::Program::kEvaluate, backend_, stream_);
  Prediction prediction;
  prediction.classes.resize(static_cast<std::size_t>(predicted_.size()));
  predicted_.download(stream_, prediction.classes.data());
  prediction.classes = in_original_order(std::move(prediction.classes), dataset_.node_order());
  std::array<std::int64_t, kSplitParts> correct{};
  correct_.download(stream_, correct.data());
  prediction.scores = scores(correct);
  return prediction;
}

std::vector<StepTime> Session::times() const {
  constexpr const char* kNames[] = {"setup", "train", "evaluate"};
  std::vector<StepTime> times;
  for (int program = 0; program < models::kPrograms; ++program) {
    for (const models::Plan::Step& step : plan_.steps(static_cast<models::Program>(program))) {
      if (step.runs > 0) times.push_back({kNames[program], step.name, step.seconds, step.runs});
    }
  }
  return times;
}

}  // namespace weft::engine
