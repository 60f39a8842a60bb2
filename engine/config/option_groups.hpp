#pragma once
// What a training run is told, in groups, so that a function takes the group it needs and no more. The
// defaults are the recipe dgl-gcn's.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace weft::engine {

struct ModelOptions {
  std::string kind = "gcn";  // one of models::model_kinds()
  int layers = 3;
  int hidden = 256;  // channels between layers
  double dropout = 0.5;
  double input_dropout = 0.0;
  bool batch_norm = true;
};

struct FeatureOptions {
  std::string source = "file";  // "file" or "random:D"
  bool log1p = true;            // log(1 + x) of features that are counts
  bool row_normalize = false;   // every row divided by its sum
};

/// D of source = "random:D"; nothing for "file".
std::optional<std::int64_t> random_feature_width(const FeatureOptions& options);

struct GraphOptions {
  std::string edge_weights = "use";  // "use" where the dataset has them, or "ignore"
  bool symmetric = true;             // train on the union of the graph and its transpose
  bool self_loops = false;           // exactly one self-loop per node
  std::string norm = "both";         // "both", "gcn" or "mean"
};

struct OptimizerOptions {
  double lr = 0.01;
  double weight_decay = 0.0;
  std::string weight_decay_on = "all";  // "all" or "first-layer"
};

struct RunOptions {
  int epochs = 300;
  int runs = 10;
  int eval_every = 1;
  int patience = 0;              // epochs without a better validation score before a run ends; 0: never
  std::string select = "valid";  // "valid": the first best validation score; "last": the last epoch
  std::uint64_t seed = 0;
  int checkpoint_every = 10;  // epochs between saved states

  // Said on the command line only, never in a file.
  std::filesystem::path out;  // run directory; empty: nothing is written
  bool resume = false;        // continue the run in `out`
};

struct ComputeOptions {
  std::string precision = "fp32";  // how activations are stored: "fp32" or "bf16"
  std::string math = "fp32";       // how dense products round their factors: "fp32" or "tf32"
  std::string device = "auto";     // "auto", "cpu" or "cuda"
  int threads = 0;                 // 0: every CPU the process may use
};

}  // namespace weft::engine
