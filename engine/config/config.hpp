#pragma once
// What a training run is told: one struct, and one table of options that parsing, the command line's help and
// config.toml are all made from.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weft::engine {

/// The defaults are the recipe dgl-gcn's.
struct TrainConfig {
  std::string recipe;   // name of the recipe these values started from; empty for a file of one's own
  std::string dataset;  // a dataset's name or a folder, as given
  std::string split;    // empty: the dataset's default

  std::string model = "gcn";  // "gcn" or "mlp"
  int layers = 3;
  int hidden = 256;  // channels between layers
  double dropout = 0.5;
  double input_dropout = 0.0;
  bool batch_norm = true;

  std::string features = "file";     // "file" or "random:D"
  bool log1p = true;                 // log(1 + x) of features that are counts
  bool row_normalize = false;        // every row divided by its sum
  std::string edge_weights = "use";  // "use" where the dataset has them, or "ignore"
  bool symmetric = true;             // train on the union of the graph and its transpose
  bool self_loops = false;           // exactly one self-loop per node
  std::string norm = "both";         // "both" or "gcn"

  double lr = 0.01;
  double weight_decay = 0.0;
  std::string weight_decay_on = "all";  // "all" or "first-layer"

  int epochs = 300;
  int runs = 10;
  int eval_every = 1;
  int patience = 0;              // epochs without a better validation score before a run ends; 0: never
  std::string select = "valid";  // "valid": the first best validation score; "last": the last epoch
  std::uint64_t seed = 0;

  std::string precision = "fp32";  // how activations are stored: "fp32" or "bf16"
  std::string math = "fp32";       // how dense products round their factors: "fp32" or "tf32"

  int checkpoint_every = 10;    // epochs between saved states
  std::string device = "auto";  // "auto", "cpu" or "cuda"
  int threads = 0;              // 0: every CPU the process may use

  // Said on the command line only, never in a file.
  std::filesystem::path out;  // run directory; empty: nothing is written
  bool resume = false;        // continue the run in `out`
};

/// D of features = "random:D"; nothing for "file".
std::optional<std::int64_t> random_feature_width(const TrainConfig& config);

/// What an option decides. A checkpoint holds kResult alone: its bytes must not depend on the machine.
enum class Scope : std::uint8_t {
  kResult,  ///< what is computed
  kPlace,   ///< where and on what: dataset's path, device, threads, how often a state is saved
};

/// A numeric range; a bound may be excluded.
struct Range {
  double min = 0.0;
  double max = 0.0;
  bool min_open = false;
  bool max_open = false;
};

using Field = std::variant<int TrainConfig::*, std::uint64_t TrainConfig::*, double TrainConfig::*,
                           bool TrainConfig::*, std::string TrainConfig::*>;

struct Option {
  std::string_view key;  // as in TOML; the flag is --key with dashes for underscores
  std::string_view help;
  std::string_view unit;  // empty where there is none
  Scope scope;
  Field field;
  Range range = {};                            // numbers
  std::vector<std::string_view> choices = {};  // texts; empty: any text
};

/// Every option, in the order in which config.toml lists them.
const std::vector<Option>& options();
/// Null when there is no such option.
const Option* find_option(std::string_view key);
/// What a value must be, for people: "a number in [0, 1)".
std::string expectation(const Option& option);
/// The option's value in `config`, as TOML writes it.
std::string value_text(const TrainConfig& config, const Option& option);

/// Names of the recipes in the program, and one's TOML text. Errors: kNotFound with the closest name.
std::vector<std::string_view> recipe_names();
std::string_view recipe_text(std::string_view name);

/// Sets one option from text, as the flag --key gives it.
/// Errors: kInvalidArgument naming flag, value and what is allowed; an unknown key with the closest one.
void set_option(TrainConfig& config, std::string_view key, const std::string& text);

/// Sets what a TOML text says. Errors: kBadData naming file:line, key, value and what is allowed.
void apply_toml(TrainConfig& config, std::string_view text, const std::string& file);

/// Where a configuration comes from; each overrides the one before.
struct ConfigSources {
  std::string recipe;          // empty: what the file names; without a file, dgl-gcn
  std::filesystem::path file;  // empty: none
  std::vector<std::pair<std::string, std::string>> settings;  // key, value as text
};

/// Errors: those of the above; kNotFound when the file is missing; kInvalidArgument for options that
/// contradict each other.
TrainConfig make_config(const ConfigSources& sources);

/// TOML with every option of the scopes asked for; reading it back gives the same values.
std::string to_toml(const TrainConfig& config);               // all scopes, with explanations
std::string to_toml(const TrainConfig& config, Scope scope);  // one scope, bare lines

}  // namespace weft::engine
