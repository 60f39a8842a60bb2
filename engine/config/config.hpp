#pragma once
// A training run's configuration: where it comes from, and how it is written down.
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/option_groups.hpp"

namespace weft::engine {

struct TrainConfig {
  std::string recipe;   // name of the recipe these values started from; empty for a file of one's own
  std::string dataset;  // a dataset's name or a folder, as given
  std::string split;    // empty: the dataset's default
  ModelOptions model;
  FeatureOptions features;
  GraphOptions graph;
  OptimizerOptions optimizer;
  RunOptions run;
  ComputeOptions compute;
};

/// What an option decides. A checkpoint holds kResult alone: its bytes must not depend on the machine.
enum class Scope : std::uint8_t {
  kResult,  ///< what is computed
  kPlace,   ///< where and on what: dataset's path, device, threads, how often a state is saved
};

/// Names of the recipes in the program, and one's TOML text. Errors: kNotFound with the closest name.
std::vector<std::string_view> recipe_names();
std::string_view recipe_text(std::string_view name);

/// Sets one option from text, as the flag --key gives it.
/// Errors: kInvalidArgument naming flag, value and what is allowed; an unknown key with the closest one.
void set_option(TrainConfig& config, std::string_view key, const std::string& text);

/// Sets what a TOML text says. Errors: kBadData naming file:line, key, value and what is allowed.
void apply_toml(TrainConfig& config, std::string_view text, const std::string& file);

/// Options that somebody gave, in their order: key, value as text.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// Where a configuration comes from; each overrides the one before.
struct ConfigSources {
  std::string recipe;          // empty: what the file names; without a file, dgl-gcn
  std::filesystem::path file;  // empty: none
  Settings settings;
};

/// Errors: those of the above; kNotFound when the file is missing; kInvalidArgument for options that
/// contradict each other.
TrainConfig make_config(const ConfigSources& sources);

/// TOML with every option of the scopes asked for; reading it back gives the same values.
std::string to_toml(const TrainConfig& config);               // all scopes, with explanations
std::string to_toml(const TrainConfig& config, Scope scope);  // one scope, bare lines

}  // namespace weft::engine
