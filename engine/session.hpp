#pragma once
// A dataset and a configuration brought together on a backend: graph, features, labels, model and plan.
// Training and prediction both run through it.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "engine/config.hpp"
#include "engine/features.hpp"
#include "engine/graph_preparation.hpp"
#include "engine/include/weft/weft.hpp"
#include "models/node_classification.hpp"

namespace weft::engine {

/// What the model must fit: taken from the dataset to train, from the checkpoint to predict.
struct ModelShape {
  std::int64_t channels = 0;
  std::int64_t classes = 0;
};
/// Errors: kUnsupported for a task or metric that training does not know; kNotFound for missing features.
ModelShape trainable_shape(const data::Dataset& dataset, const TrainConfig& config);

/// Whether a session trains, or only evaluates and predicts.
enum class Use : std::uint8_t { kTrain, kPredict };

/// Accuracy per split part, as fractions; in a part without labelled rows NaN.
using Scores = std::array<double, kSplitParts>;

class Session {
 public:
  /// Reads labels, prepares graphs and records the plan; takes no memory for activations or features yet. To
  /// predict, the dataset needs neither labels nor the split; parts without them have no scores.
  /// Errors: kInvalidArgument for features of another width than the model's; to train, kBadData for labels
  /// that are no class or when no training node has one; kNotFound for an unknown split or missing features.
  Session(const data::Dataset& dataset, const TrainConfig& config, ModelShape shape, Backend& backend,
          int threads, Use use);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const ModelShape& shape() const { return shape_; }
  models::Parameters& parameters() { return encoder_->parameters(); }
  Stream& stream() { return stream_; }
  /// Bytes that the session will take: activations, scratch, parameters, graphs, features, the dataset's own
  /// pages.
  std::size_t estimated_bytes() const;
  /// Takes the memory, loads the features and runs the plan's setup.
  /// Errors: kOutOfMemory with the bytes needed and available, before any of it is taken.
  void allocate();

  /// Fresh parameters and step 0; every random number of the run follows from `seed`.
  void begin_run(std::uint64_t seed);
  /// Goes on from a saved state: parameters, moments and states are uploaded by the caller.
  void continue_run(std::uint64_t seed, std::int64_t step);
  std::int64_t step() const { return step_; }

  /// One training step; returns the loss before it.
  double train_step();
  Scores evaluate();
  /// Predicted class of every node. Only for Use::kPredict.
  std::vector<std::int32_t> predict();

  std::vector<StepTime> times() const;

 private:
  void read_labels();
  void read_parts(const data::Split& split);
  void upload_graph();
  void record(Use use);
  std::size_t bytes_to_take() const;
  void require_memory(std::size_t bytes) const;
  void set_up_features();
  void set_state(std::uint64_t seed, std::int64_t step);
  models::GraphOperator on_device(const HostOperator& host);

  const data::Dataset& dataset_;
  const TrainConfig config_;
  Backend& backend_;
  const int threads_;
  Stream stream_;
  ModelShape shape_;
  std::int64_t step_ = 0;

  std::vector<NodeId> train_rows_;    // ascending
  std::vector<std::int32_t> labels_;  // [n], -1 without
  std::vector<std::uint8_t> parts_;   // [n]
  std::array<std::int64_t, kSplitParts> totals_{};

  HostOperator graph_, train_graph_;
  models::GraphOperator graph_op_, train_graph_op_;
  std::vector<Csr> device_graphs_;
  std::vector<Buffer<float>> device_scales_;

  Buffer<NodeId> device_rows_;
  Buffer<std::int32_t> device_labels_, device_train_labels_, predicted_;
  Buffer<std::uint8_t> device_parts_;
  Buffer<std::int64_t> correct_;
  Buffer<double> loss_;
  Buffer<StepState> state_;
  Buffer<AdamGroup> groups_;
  Features features_;
  Matrix device_features_;

  std::unique_ptr<models::Encoder> encoder_;
  models::Plan plan_;
  models::Tensor features_tensor_;
};

/// The configuration's model for a dataset of this shape.
models::EncoderOptions encoder_options(const TrainConfig& config, const ModelShape& shape);

}  // namespace weft::engine
