#include "engine/session.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/metrics.hpp"

namespace weft::engine {
namespace {

constexpr std::uint8_t kNoPart = 255;

template <class T>
std::vector<std::int32_t> classes_of(const data::Array& array) {
  std::vector<std::int32_t> labels;
  labels.reserve(static_cast<std::size_t>(array.count()));
  for (const T value : array.as<T>())
    labels.push_back(value == value ? static_cast<std::int32_t>(value) : -1);
  return labels;
}

// Labels of all nodes, -1 where there is none (NaN).
std::vector<std::int32_t> integer_labels(const data::Array& array) {
  return array.dtype == DType::kI64 ? classes_of<std::int64_t>(array) : classes_of<float>(array);
}

template <class T>
Buffer<T> uploaded(Backend& backend, Stream& stream, const std::vector<T>& host, const char* what) {
  Buffer<T> buffer(backend, static_cast<std::int64_t>(host.size()), what);
  buffer.upload(stream, host.data());
  return buffer;
}

template <class T>
Vec<const T> view(const std::vector<T>& v) {
  return {v.data(), static_cast<std::int64_t>(v.size())};
}

}  // namespace

ModelShape trainable_shape(const data::Dataset& dataset, const TrainConfig& config) {
  const data::Facts& facts = dataset.facts;
  if (facts.task != "node" || facts.metric != "acc" || facts.num_tasks != 1) {
    fail(ErrorCode::kUnsupported, facts.name, ": task '", facts.task, "', metric '", facts.metric, "', ",
         facts.num_tasks,
         " label columns; training knows node classification with one label column and accuracy");
  }
  return {feature_width(dataset, config), facts.num_classes};
}

models::EncoderOptions encoder_options(const TrainConfig& config, const ModelShape& shape) {
  models::EncoderOptions options;
  options.model = config.model;
  options.layers = config.layers;
  options.in = shape.channels;
  options.hidden = config.hidden;
  options.out = shape.classes;
  options.dropout = static_cast<float>(config.dropout);
  options.input_dropout = static_cast<float>(config.input_dropout);
  options.batch_norm = config.batch_norm;
  options.weight_decay = static_cast<float>(config.weight_decay);
  options.weight_decay_first_layer_only = config.weight_decay_on == "first-layer";
  return options;
}

Session::Session(const data::Dataset& dataset, const TrainConfig& config, ModelShape shape, Backend& backend,
                 int threads, Use use)
    : dataset_(dataset), config_(config), backend_(backend), threads_(threads), shape_(shape) {
  const std::int64_t width = feature_width(dataset, config);
  WEFT_CHECK(width == shape.channels, dataset.facts.name, ": has ", width, " features where the model wants ",
             shape.channels);
  encoder_ = models::make_encoder(encoder_options(config, shape_));
  read_labels();
  if (use == Use::kTrain || dataset.splits.count(config.split) != 0) read_parts(dataset.split(config.split));
  if (use == Use::kTrain && train_rows_.empty()) {
    fail(ErrorCode::kBadData, dataset_.facts.name, ": no training node has a label; choose another --split");
  }
  const auto rows = encoder_->needs_graph() ? labels_.size() : train_rows_.size();
  if (use == Use::kTrain && config.batch_norm && config.layers > 1 && rows < 2) {
    fail(ErrorCode::kInvalidArgument, dataset_.facts.name, ": a batch norm needs at least 2 rows and has ",
         rows, "; give --no-batch-norm or more training nodes");
  }
  if (encoder_->needs_graph()) {
    graph_ = prepare_graph(dataset, config, threads);
    if (use == Use::kTrain) train_graph_ = restrict_rows(graph_, view(train_rows_), threads);
  }
  upload_graph();
  require_memory(encoder_->parameters().bytes());
  encoder_->allocate(backend_);
  record(use);
}

Session::~Session() = default;

void Session::read_labels() {
  const auto& columns = dataset_.nodes().columns;
  const auto found = columns.find("node_label");
  labels_.assign(static_cast<std::size_t>(dataset_.nodes().rows), -1);
  parts_.assign(labels_.size(), kNoPart);
  if (found != columns.end() && found->second.cols() == 1) labels_ = integer_labels(found->second);
}

void Session::read_parts(const data::Split& split) {
  for (const data::Part part : data::kParts) {
    for (const std::int64_t node : split[part].at("node").as<std::int64_t>()) {
      const auto at = static_cast<std::size_t>(node);
      if (labels_[at] < 0) continue;
      if (labels_[at] >= shape_.classes) {
        fail(ErrorCode::kBadData, dataset_.facts.name, ": node ", node, " has label ", labels_[at],
             " where the model has ", shape_.classes, " classes");
      }
      parts_[at] = static_cast<std::uint8_t>(part);
      ++totals_[static_cast<std::size_t>(part)];
      if (part == data::Part::kTrain) train_rows_.push_back(static_cast<NodeId>(node));
    }
  }
  std::sort(train_rows_.begin(), train_rows_.end());
}

models::GraphOperator Session::on_device(const HostOperator& host) {
  if (backend_.reads_host_memory()) {
    return {host.forward_view(), host.backward_view(), view(host.row_scale), view(host.col_scale)};
  }
  device_graphs_.emplace_back(backend_, stream_, host.forward_view());
  const CsrView forward = device_graphs_.back().view();
  if (!host.symmetric) device_graphs_.emplace_back(backend_, stream_, host.backward_view());
  const CsrView backward = device_graphs_.back().view();
  device_scales_.push_back(uploaded(backend_, stream_, host.row_scale, "graph scales"));
  const Vec<const float> row_scale = device_scales_.back().view();
  device_scales_.push_back(uploaded(backend_, stream_, host.col_scale, "graph scales"));
  return {forward, backward, row_scale, device_scales_.back().view()};
}

void Session::upload_graph() {
  graph_op_ = on_device(graph_);
  train_graph_op_ = on_device(train_graph_);
}

void Session::record(Use use) {
  const std::int64_t n = dataset_.nodes().rows;
  std::vector<std::int32_t> train_labels;
  for (const NodeId row : train_rows_) train_labels.push_back(labels_[static_cast<std::size_t>(row)]);
  device_rows_ = uploaded(backend_, stream_, train_rows_, "training rows");
  device_train_labels_ = uploaded(backend_, stream_, train_labels, "training labels");
  device_labels_ = uploaded(backend_, stream_, labels_, "labels");
  device_parts_ = uploaded(backend_, stream_, parts_, "split");
  groups_ = uploaded(backend_, stream_, parameters().groups(), "parameter groups");
  correct_ = Buffer<std::int64_t>(backend_, kSplitParts, "counts");
  loss_ = Buffer<double>(backend_, 1, "loss");
  state_ = Buffer<StepState>(backend_, 1, "step state");
  if (use == Use::kPredict) predicted_ = Buffer<std::int32_t>(backend_, n, "predictions");

  models::Recorder recorder(plan_, backend_, state_.data());
  features_tensor_ = plan_.external("features", n, shape_.channels);
  const bool gcn = encoder_->needs_graph();
  const models::NodeLabels labels{device_train_labels_.view(), device_labels_.view(), device_parts_.view()};
  const models::NodeResults results{loss_.view(), correct_.view(), predicted_.view()};
  if (use == Use::kTrain) {
    const models::Batch batch{features_tensor_, gcn ? &graph_op_ : nullptr, gcn ? &train_graph_op_ : nullptr,
                              device_rows_.view()};
    models::record_training(recorder, *encoder_, batch, labels, results, state_.data(), groups_.view());
  }
  const models::Batch everything{
      features_tensor_, gcn ? &graph_op_ : nullptr, gcn ? &graph_op_ : nullptr, {}};
  models::record_evaluation(recorder, *encoder_, everything, labels, results);
  plan_.compile();
}

std::size_t Session::bytes_to_take() const {
  // Three states are kept beside the session and one more is written: values and two moments each.
  const std::size_t states = config_.out.empty() ? 0 : 3 * encoder_->parameters().bytes();
  return plan_.bytes() + feature_bytes(dataset_, config_) + states;
}

std::size_t Session::estimated_bytes() const {
  std::size_t dataset_pages = 0;
  if (feature_bytes(dataset_, config_) == 0) dataset_pages = dataset_.nodes().columns.at("node_feat").bytes();
  const CsrView raw = dataset_.edges().csr;
  dataset_pages += static_cast<std::size_t>(raw.num_edges) * sizeof(NodeId) +
                   static_cast<std::size_t>(raw.num_rows) * sizeof(EdgeId);
  return bytes_to_take() + encoder_->parameters().bytes() + graph_.bytes() + train_graph_.bytes() +
         dataset_pages;
}

void Session::require_memory(std::size_t bytes) const {
  const std::size_t available = backend_.available_memory();
  if (bytes <= available) return;
  const auto megabytes = [](std::size_t b) { return std::llround(static_cast<double>(b) / 1e6); };
  fail(ErrorCode::kOutOfMemory, dataset_.facts.name, ": this configuration needs ", megabytes(bytes),
       " MB more and ", megabytes(available),
       " MB are free; lower --hidden or --layers, or use a machine with more memory");
}

void Session::allocate() {
  require_memory(bytes_to_take());
  plan_.allocate(backend_);
  set_up_features();
}

void Session::set_up_features() {
  features_ = load_features(dataset_, config_, threads_);
  ConstMat memory = features_.view;
  if (!backend_.reads_host_memory()) {
    device_features_ = Matrix(backend_, memory.rows, memory.cols, "features");
    device_features_.values().upload(stream_, memory.f32());
    memory = device_features_.view();
  }
  plan_.attach(features_tensor_, memory);
  plan_.run(models::Program::kSetup, backend_, stream_);
  const bool still_needed = plan_.uses(models::Program::kTrain, features_tensor_) ||
                            plan_.uses(models::Program::kEvaluate, features_tensor_);
  if (still_needed) return;
  features_ = {};
  device_features_ = {};
}

void Session::set_state(std::uint64_t seed, std::int64_t step) {
  StepState state;
  state.seed = seed;
  state.step = step;
  state.learning_rate = static_cast<float>(config_.lr);
  state_.upload(stream_, &state);
  step_ = step;
}

void Session::begin_run(std::uint64_t seed) {
  parameters().initialize(stream_, seed, 0);
  set_state(seed, 0);
}

void Session::continue_run(std::uint64_t seed, std::int64_t step) { set_state(seed, step); }

double Session::train_step() {
  plan_.run(models::Program::kTrain, backend_, stream_);
  ++step_;
  double loss = 0.0;
  loss_.download(stream_, &loss);
  backend_.synchronize(stream_);
  return loss;
}

Scores Session::evaluate() {
  plan_.run(models::Program::kEvaluate, backend_, stream_);
  std::array<std::int64_t, kSplitParts> correct{};
  correct_.download(stream_, correct.data());
  backend_.synchronize(stream_);
  Scores scores{};
  for (std::size_t part = 0; part < scores.size(); ++part) {
    scores[part] = totals_[part] == 0 ? std::numeric_limits<double>::quiet_NaN()
                                      : data::accuracy_from_counts(correct[part], totals_[part]);
  }
  return scores;
}

std::vector<std::int32_t> Session::predict() {
  plan_.run(models::Program::kEvaluate, backend_, stream_);
  std::vector<std::int32_t> classes(static_cast<std::size_t>(predicted_.size()));
  predicted_.download(stream_, classes.data());
  backend_.synchronize(stream_);
  return classes;
}

std::vector<StepTime> Session::times() const {
  constexpr const char* kNames[] = {"setup", "train", "evaluate"};
  std::vector<StepTime> times;
  for (int program = 0; program < models::kPrograms; ++program) {
    for (const models::Plan::Step& step : plan_.steps(static_cast<models::Program>(program))) {
      times.push_back({kNames[program], step.name, step.seconds, step.runs});
    }
  }
  return times;
}

}  // namespace weft::engine
