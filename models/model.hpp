#pragma once
// A model is input -> encoder -> head, over one set of parameters. Input and encoder are here; the head is
// the task's (heads/head.hpp).
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/encoder.hpp"
#include "models/parameters.hpp"

namespace weft::models {

/// The shape of a model, as a recipe states it.
struct ModelOptions {
  std::string kind;     // one of model_kinds()
  int layers = 3;       // >= 1
  std::int64_t in = 0;  // feature columns
  std::int64_t hidden = 256;
  std::int64_t out = 0;        // columns of the output, for the head
  float dropout = 0.5f;        // after each layer but the last
  float input_dropout = 0.0f;  // on the features
  bool batch_norm = true;      // after each layer but the last
  float weight_decay = 0.0f;   // on every layer, or on the first one only:
  bool weight_decay_first_layer_only = false;
};

/// The names of all kinds of models.
const std::vector<std::string_view>& model_kinds();
/// Whether the layers of a kind use a graph. Errors: kNotFound as Model().
bool kind_uses_graph(std::string_view kind);

class Model {
 public:
  /// Errors: kNotFound for an unknown kind, naming the known ones; kInvalidArgument for sizes that are not
  /// positive.
  explicit Model(const ModelOptions& options);
  Model(const Model&) = delete;  // layers point at parameters_
  Model& operator=(const Model&) = delete;

  /// Takes the memory of parameters and statistics.
  void allocate(Backend& backend);
  /// Records the forward pass into the recorder's program; training mode iff that is Program::kTrain, which
  /// is recorded before any other.
  EncoderPass forward(Recorder& recorder, const Batch& batch) const;

  int layers() const { return layers_; }
  bool uses_graph() const { return encoder_.uses_graph(); }
  bool takes_sparse_features() const { return encoder_.takes_sparse_features(); }
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }

 private:
  int layers_;
  Parameters parameters_;
  Encoder encoder_;
  std::unique_ptr<Input> input_;
};

}  // namespace weft::models
