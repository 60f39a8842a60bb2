#pragma once
// Every option, once: flags, the command line's help, config.toml and what is said of options without effect
// are all made from one table.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/config/config.hpp"

namespace weft::engine {

/// A numeric range; a bound may be excluded.
struct Range {
  double min = 0.0;
  double max = 0.0;
  bool min_open = false;
  bool max_open = false;
};

/// Where an option's value lives in a configuration.
template <class T>
struct Access {
  const T& (*read)(const TrainConfig& config);
  T& (*write)(TrainConfig& config);
};
using Field =
    std::variant<Access<int>, Access<std::uint64_t>, Access<double>, Access<bool>, Access<std::string>>;

/// When an option changes nothing.
struct Idle {
  bool (*holds)(const TrainConfig& config) = nullptr;  // null: never
  std::string_view why;                                // "weight decay is 0"
};

struct Option {
  std::string_view key;  // as in TOML
  std::string_view help;
  std::string_view unit;  // empty where there is none
  Scope scope = Scope::kResult;
  Field field;
  Range range;                            // numbers
  std::vector<std::string_view> choices;  // texts; empty: any text
  Idle idle;
};

/// In the order in which config.toml lists them.
const std::vector<Option>& options();
/// Null when there is no such option.
const Option* find_option(std::string_view key);
/// The command line's spelling: "--weight-decay" for weight_decay.
std::string flag_name(std::string_view key);

/// A line for each option of `settings` that changes nothing under `config`, with the reason.
std::vector<std::string> idle_options(const TrainConfig& config, const Settings& settings);

}  // namespace weft::engine
