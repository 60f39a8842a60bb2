#pragma once
// A dataset and a configuration brought together on a backend: graph, features, labels, model and plan.
// Training and prediction both run through it.
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "engine/config/config.hpp"
#include "engine/include/weft/weft.hpp"
#include "engine/input/feature_input.hpp"
#include "engine/input/graph_input.hpp"
#include "engine/input/targets.hpp"
#include "engine/run/epoch_ring.hpp"
#include "engine/run/snapshot.hpp"
#include "models/heads/node_classification.hpp"
#include "models/model.hpp"

namespace weft::engine {

/// What the model must fit: taken from the dataset to train, from the checkpoint to predict.
struct ModelShape {
  std::int64_t channels = 0;
  std::int64_t classes = 0;
};
/// Errors: kUnsupported for a task or metric that training does not know; kNotFound for missing features.
ModelShape trainable_shape(const data::Dataset& dataset, const FeatureOptions& features);

/// Whether a session trains, or only evaluates and predicts.
enum class Use : std::uint8_t { kTrain, kPredict };

struct SessionOptions {
  Use use = Use::kTrain;
  int threads = 1;           // of the host, to prepare graph and features
  int ahead = 0;             // epochs that may be queued behind the one that is waited for
  bool keep_states = false;  // each epoch's numbers are kept, for a checkpoint to be written from
  bool sparse = true;        // features are kept sparse where that is faster
};

/// Accuracy per split part, as fractions; in a part without labelled rows NaN.
using Scores = std::array<double, kSplitParts>;

class Session {
 public:
  /// Reads labels, prepares graphs and records the plan; takes no memory for activations or features yet. To
  /// predict, the dataset needs neither labels nor the split; parts without them have no scores.
  /// Errors: kInvalidArgument for features of another width than the model's; to train, kBadData for labels
  /// that are no class, or when no training node has one; kUnsupported when no validation node has one that
  /// is to choose the epoch; kNotFound for an unknown split or missing features; kOutOfMemory as allocate().
  Session(const data::Dataset& dataset, const TrainConfig& config, ModelShape shape, Backend& backend,
          const SessionOptions& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const ModelShape& shape() const { return shape_; }
  /// What was decided by looking at the dataset, a line each.
  const std::vector<std::string>& notes() const { return notes_; }
  /// Whether features are log(1 + count).
  bool takes_log1p() const { return config_.features.log1p; }
  bool uses_edge_weights() const { return graph_ && graph_->uses_edge_weights(); }
  bool has_sparse_features() const { return features_->sparse() != nullptr; }
  models::Parameters& parameters() { return model_->parameters(); }
  Stream& stream() { return stream_; }
  /// Bytes of the backend's memory that the session will take: activations, scratch, parameters, kept states,
  /// graphs, features; where that is the host's, the dataset's own pages too.
  std::size_t estimated_bytes() const;
  /// Takes the memory, loads the features and runs the plan's setup.
  /// Errors: kOutOfMemory with the bytes needed and available, before any of it is taken.
  void allocate();

  /// Fresh parameters and step 0; every random number of the run follows from `seed`.
  void begin_run(std::uint64_t seed);
  /// Goes on from a saved state: parameters, moments and states are uploaded by the caller.
  void continue_run(std::uint64_t seed, std::int64_t step);

  /// Queues a training step, and an evaluation of what it leaves if that is wanted. At most `ahead` epochs
  /// may be in flight already.
  void submit(bool evaluate);
  /// Waits for the oldest epoch in flight. Errors: kInvalidArgument when there is none.
  Epoch collect();
  /// Waits for every epoch in flight and forgets it.
  void discard();
  int in_flight() const { return epochs_->in_flight(); }
  /// Nodes of each part that have a label.
  const std::array<std::int64_t, kSplitParts>& labelled() const { return targets_.totals; }
  Scores scores(const std::array<std::int64_t, kSplitParts>& correct) const;
  /// Keeps the numbers as they are now. Only with keep_states.
  SnapshotPtr keep_state();

  struct Prediction {
    std::vector<std::int32_t> classes;  // of every node, by original id
    Scores scores;
  };
  /// Only for Use::kPredict.
  Prediction predict();

  /// Steps that were timed: none where the backend is asynchronous, unless WEFT_SYNC=1 makes each be waited
  /// for.
  std::vector<StepTime> times() const;

 private:
  bool trains() const { return options_.use == Use::kTrain; }
  void decide_log1p();
  void read_targets();
  void require_trainable() const;
  void prepare_graph();
  void choose_features();
  std::optional<EdgeId> sparse_entries_worth_keeping() const;
  std::vector<NodeId> dropout_ids() const;
  void take_small_memory();
  std::vector<const models::GraphOperator*> layer_graphs(const models::GraphOperator& output) const;
  void record();
  std::size_t held_bytes() const;
  std::size_t bytes_to_take() const;
  void require_memory(std::size_t bytes, const char* amount) const;
  void set_up_features();
  void set_state(std::uint64_t seed, std::int64_t step);

  const data::Dataset& dataset_;
  TrainConfig config_;  // log1p: of these features
  Backend& backend_;
  const SessionOptions options_;
  Stream stream_;
  ModelShape shape_;
  std::int64_t step_ = 0;  // queued
  std::vector<std::string> notes_;

  Targets targets_;
  std::optional<GraphInput> graph_;  // where the model has one
  std::optional<FeatureInput> features_;

  Buffer<NodeId> device_rows_, original_ids_;
  Buffer<std::int32_t> device_labels_, device_train_labels_, predicted_;
  Buffer<std::uint8_t> device_parts_;
  Buffer<std::int64_t> correct_;
  Buffer<double> loss_;
  Buffer<StepState> state_;
  Buffer<AdamGroup> groups_;

  std::unique_ptr<models::Model> model_;
  std::optional<SnapshotPool> states_;
  std::optional<EpochRing> epochs_;
  models::Plan plan_;
  models::Tensor features_tensor_;
};

/// The model that the options ask for, for a dataset of this shape.
models::ModelOptions model_options(const ModelOptions& model, const OptimizerOptions& optimizer,
                                   const ModelShape& shape);

}  // namespace weft::engine
