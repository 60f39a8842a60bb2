#pragma once
// What every model is: an encoder from node features to one vector per output row. The task (loss, metric) is
// separate and stands in node_classification.hpp.
#include <memory>
#include <string>

#include "models/parameters.hpp"
#include "models/recorder.hpp"

namespace weft::models {

/// What an encoder works on. Device memory; views must outlive the plan.
struct Batch {
  Tensor features;                       // [n, c], external or made by setup; the same in every step
  const GraphOperator* graph = nullptr;  // A~ over all nodes, [n, n]; null for models that use no graph
  const GraphOperator* output_graph =
      nullptr;             // A~ restricted to `rows`, [r, n]; equals `graph` for all rows
  Vec<const NodeId> rows;  // [r] output rows, ascending; empty: all nodes
  /// What dropout counts rows by: original ids of all nodes [n] where there is a graph, of `rows` [r] where
  /// there is none. Empty: a node's row is its id.
  Vec<const NodeId> original_ids = {};
  const SparseMatrix* sparse_features = nullptr;  // [n, c] instead of `features`; for encoders that take them
};

class Encoder {
 public:
  Encoder() = default;
  virtual ~Encoder() = default;
  Encoder(const Encoder&) = delete;  // layers point at parameters_
  Encoder& operator=(const Encoder&) = delete;

  /// Takes the memory of parameters and statistics.
  virtual void allocate(Backend& backend) = 0;
  /// Records the forward pass into the recorder's program; training mode iff that is Program::kTrain.
  /// Returns the output [r, k]. The training program is recorded before any other.
  virtual Tensor forward(Recorder& recorder, const Batch& batch) = 0;
  /// Records the backward pass of the last training forward: dy [r, k] is its output's gradient. Parameter
  /// gradients accumulate.
  virtual void backward(Recorder& recorder, const Batch& batch, Tensor dy) = 0;

  virtual bool needs_graph() const = 0;
  /// Whether the batch may have its features sparse.
  virtual bool takes_sparse_features() const = 0;
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }

 protected:
  Parameters parameters_;
};

/// The shape of a model, as a recipe states it.
struct EncoderOptions {
  std::string model;    // "gcn" or "mlp"
  int layers = 3;       // >= 1
  std::int64_t in = 0;  // feature columns
  std::int64_t hidden = 256;
  std::int64_t out = 0;        // classes
  float dropout = 0.5f;        // after each layer but the last
  float input_dropout = 0.0f;  // on the features
  bool batch_norm = true;      // after each layer but the last
  float weight_decay = 0.0f;   // on every layer, or on the first one only:
  bool weight_decay_first_layer_only = false;
};

/// Errors: kNotFound for an unknown model, naming the known ones.
std::unique_ptr<Encoder> make_encoder(const EncoderOptions& options);

}  // namespace weft::models
