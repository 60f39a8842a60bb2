#include "engine/config/config.hpp"

#include <fmt/format.h>
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <system_error>

#include "engine/config/recipes.hpp"
#include "kernels/base/closest.hpp"
#include "kernels/base/error.hpp"
#include "models/model.hpp"

namespace weft::engine {
namespace {

constexpr double kMaxInt = std::numeric_limits<int>::max();
constexpr double kMaxSeed = 9007199254740992.0;  // 2^53: exact in every JSON reader

/// A value before it is known to fit its option.
using Value = std::variant<bool, std::int64_t, double, std::string>;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : utf8_text(text)) {  // TOML is UTF-8, and paths are bytes
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string number_text(double value) { return fmt::format("{}", value); }

std::string range_text(const Range& range) {
  return fmt::format("in {}{}, {}{}", range.min_open ? '(' : '[', number_text(range.min),
                     number_text(range.max), range.max_open ? ')' : ']');
}

bool inside(const Range& range, double value) {
  const bool above = range.min_open ? value > range.min : value >= range.min;
  const bool below = range.max_open ? value < range.max : value <= range.max;
  return above && below;  // false for NaN
}

/// A positive whole number that an int holds, with nothing after it.
std::optional<std::int64_t> positive(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = status == std::errc{} && end == text.data() + text.size();
  if (!whole || value < 1 || value > std::numeric_limits<int>::max()) return std::nullopt;
  return value;
}

constexpr std::string_view kRandomPrefix = "random:";

std::optional<std::int64_t> random_width(std::string_view features) {
  if (features.substr(0, kRandomPrefix.size()) != kRandomPrefix) return std::nullopt;
  return positive(features.substr(kRandomPrefix.size()));
}

bool allowed(const Option& option, const std::string& text) {
  if (option.choices.empty()) return true;
  for (const std::string_view choice : option.choices) {
    if (text == choice) return true;
    if (choice == "random:D" && random_width(text)) return true;
  }
  return false;
}

/// Puts a value where its option lives, or says why not. `subject` is what a message starts with, the value
/// included, as somebody wrote it.
struct Assign {
  TrainConfig& config;
  const Option& option;
  const Value& value;
  const std::string& subject;

  [[noreturn]] void refuse() const {
    fail(ErrorCode::kInvalidArgument, subject, " cannot be used; give ", expectation(option));
  }
  double number() const {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    refuse();
  }
  template <class T>
  T whole() const {
    const double real = number();  // whole as well where it is written 1e3
    if (!inside(option.range, real) || real != std::floor(real)) refuse();
    const auto* whole = std::get_if<std::int64_t>(&value);
    if (whole != nullptr && static_cast<std::int64_t>(real) != *whole) refuse();  // rounded into the range
    return static_cast<T>(real);
  }
  void operator()(int TrainConfig::*field) const { config.*field = whole<int>(); }
  void operator()(std::uint64_t TrainConfig::*field) const { config.*field = whole<std::uint64_t>(); }
  void operator()(double TrainConfig::*field) const {
    if (!inside(option.range, number())) refuse();
    config.*field = number();
  }
  void operator()(bool TrainConfig::*field) const {
    const auto* flag = std::get_if<bool>(&value);
    if (flag == nullptr) refuse();
    config.*field = *flag;
  }
  void operator()(std::string TrainConfig::*field) const {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || !allowed(option, *text)) refuse();
    config.*field = *text;
  }
};

void assign(TrainConfig& config, const Option& option, const Value& value, const std::string& subject) {
  std::visit(Assign{config, option, value, subject}, option.field);
}

/// The text of a flag as the kind of value its option holds; what does not parse stays text and is refused
/// later.
Value parse_text(const Option& option, const std::string& text) {
  if (std::holds_alternative<std::string TrainConfig::*>(option.field)) return text;
  if (text == "true") return true;
  if (text == "false") return false;
  std::int64_t whole = 0;
  const char* const end = text.data() + text.size();
  const auto as_whole = std::from_chars(text.data(), end, whole);
  if (as_whole.ec == std::errc{} && as_whole.ptr == end) return whole;
  double real = 0.0;
  const auto as_real = std::from_chars(text.data(), end, real);
  if (as_real.ec == std::errc{} && as_real.ptr == end) return real;
  return text;
}

[[noreturn]] void unknown_option(ErrorCode code, const std::string& place, std::string_view key) {
  std::vector<std::string_view> keys;
  for (const Option& option : options()) keys.push_back(option.key);
  const std::string guess = closest(key, keys);
  const std::string advice =
      guess.empty() ? "'weft train --help' lists the options" : "did you mean '" + guess + "'?";
  fail(code, place, "unknown option '", key, "'; ", advice);
}

Value toml_value(const toml::node& node, const std::string& place, std::string_view key) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* real = node.as_floating_point()) return real->get();
  if (const auto* text = node.as_string()) return text->get();
  fail(ErrorCode::kBadData, place, key, " must be one value: a number, a text in quotes, true or false");
}

/// A value as it is written in the file.
std::string written(const toml::node& node, std::string_view text) {
  if (const auto* value = node.as_string()) return quoted(value->get());
  const toml::source_region& at = node.source();
  for (toml::source_index line = 1; line < at.begin.line; ++line) text.remove_prefix(text.find('\n') + 1);
  return std::string(text.substr(at.begin.column - 1, at.end.column - at.begin.column));
}

toml::table parse_toml(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    fail(ErrorCode::kBadData, file, ":", error.source().begin.line, ": not TOML: ", error.description());
  }
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  const int reason = !in ? errno : std::filesystem::is_directory(path) ? EISDIR : 0;
  if (reason != 0) {
    const bool another = reason == ENOENT || reason == EISDIR;
    fail(ErrorCode::kNotFound, path.string(), ": cannot be read: ", std::generic_category().message(reason),
         another ? "; give a TOML file, or a recipe by --recipe" : "");
  }
  text << in.rdbuf();
  return text.str();
}

void check_together(const TrainConfig& config) {
  WEFT_CHECK(
      config.select == "valid" || config.patience == 0, "--patience ", config.patience,
      " watches validation scores, which --select last does not use; give --patience 0 or --select valid");
}

void append_line(std::string& out, const TrainConfig& config, const Option& option, bool explained) {
  const std::string line = fmt::format("{} = {}", option.key, value_text(config, option));
  if (!explained) {
    out += line + "\n";
    return;
  }
  const std::string unit = option.unit.empty() ? "" : fmt::format(" [{}]", option.unit);
  out += fmt::format("{:<32} # {}{}: {}\n", line, option.help, unit, expectation(option));
}

}  // namespace

const std::vector<Option>& options() {
  using C = TrainConfig;
  constexpr Scope result = Scope::kResult, place = Scope::kPlace;
  static const std::vector<Option> table{
      {"recipe", "recipe that these values started from", "", place, &C::recipe},
      {"dataset", "dataset or folder", "", place, &C::dataset},
      {"split", "split; empty is the dataset's default", "", result, &C::split},
      {"model", "kind of model", "", result, &C::model, {}, models::model_kinds()},
      {"layers", "layers", "", result, &C::layers, {1, 64}},
      {"hidden", "channels between layers", "", result, &C::hidden, {1, 65536}},
      {"dropout",
       "share dropped after each layer but the last",
       "",
       result,
       &C::dropout,
       {0, 1, false, true}},
      {"input_dropout", "share of the features dropped", "", result, &C::input_dropout, {0, 1, false, true}},
      {"batch_norm", "normalise over nodes after each layer but the last", "", result, &C::batch_norm},
      {"features",
       "the dataset's features, or D random ones per node, whose scores mean nothing",
       "",
       result,
       &C::features,
       {},
       {"file", "random:D"}},
      {"log1p", "log(1 + x) of features that are counts: whole numbers from 0, some above 1", "", result,
       &C::log1p},
      {"row_normalize", "divide each node's features by their sum", "", result, &C::row_normalize},
      {"edge_weights",
       "weights of the edges, where the dataset has a column edge_weight",
       "",
       result,
       &C::edge_weights,
       {},
       {"use", "ignore"}},
      {"symmetric", "join the graph with its transpose", "", result, &C::symmetric},
      {"self_loops", "give every node exactly one self-loop", "", result, &C::self_loops},
      {"norm",
       "both: out-degree at the source, in-degree at the target; gcn: in-degree at both",
       "",
       result,
       &C::norm,
       {},
       {"both", "gcn"}},
      {"lr", "Adam's learning rate", "per step", result, &C::lr, {0, 1000, true, false}},
      {"weight_decay", "L2 penalty added to gradients", "per step", result, &C::weight_decay, {0, 1000}},
      {"weight_decay_on",
       "parameters that weight decay holds for",
       "",
       result,
       &C::weight_decay_on,
       {},
       {"all", "first-layer"}},
      {"epochs", "most epochs of a run", "", result, &C::epochs, {1, kMaxInt}},
      {"runs", "runs; run i (from 0) uses seed + i", "", result, &C::runs, {1, 100000}},
      {"eval_every", "epochs from one evaluation to the next", "", result, &C::eval_every, {1, kMaxInt}},
      {"patience",
       "epochs without a better validation score that end a run; 0 is off",
       "",
       result,
       &C::patience,
       {0, kMaxInt}},
      {"select",
       "the epoch that a run reports: the best on validation, or the last",
       "",
       result,
       &C::select,
       {},
       {"valid", "last"}},
      {"seed", "seed of the first run", "", result, &C::seed, {0, kMaxSeed}},
      {"precision",
       "how activations are stored; bf16 is for GPUs and halves their traffic",
       "",
       result,
       &C::precision,
       {},
       {"fp32", "bf16"}},
      {"math",
       "how dense products round their factors; tf32 is for GPUs, on tensor cores",
       "",
       result,
       &C::math,
       {},
       {"fp32", "tf32"}},
      {"checkpoint_every",
       "epochs from one saved state to the next",
       "",
       place,
       &C::checkpoint_every,
       {1, kMaxInt}},
      {"device", "where to compute", "", place, &C::device, {}, {"auto", "cpu", "cuda"}},
      {"threads", "threads; 0 is every CPU the process may use", "", place, &C::threads, {0, 1024}},
  };
  return table;
}

const Option* find_option(std::string_view key) {
  for (const Option& option : options()) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

std::string expectation(const Option& option) {
  if (std::holds_alternative<bool TrainConfig::*>(option.field)) return "true or false";
  if (std::holds_alternative<double TrainConfig::*>(option.field)) {
    return "a number " + range_text(option.range);
  }
  if (!std::holds_alternative<std::string TrainConfig::*>(option.field)) {
    return "a whole number " + range_text(option.range);
  }
  if (option.choices.empty()) return "a text";
  return fmt::format("{}", fmt::join(option.choices, " or "));
}

std::string value_text(const TrainConfig& config, const Option& option) {
  return std::visit(
      [&](auto field) -> std::string {
        const auto& value = config.*field;
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
        if constexpr (std::is_same_v<T, std::string>) return quoted(value);
        return fmt::format("{}", value);
      },
      option.field);
}

std::vector<std::string_view> recipe_names() {
  std::vector<std::string_view> names;
  for (const Recipe& recipe : embedded_recipes()) names.push_back(recipe.name);
  return names;
}

std::string_view recipe_text(std::string_view name) {
  for (const Recipe& recipe : embedded_recipes()) {
    if (recipe.name == name) return recipe.text;
  }
  const std::string guess = closest(name, recipe_names());
  fail(ErrorCode::kNotFound, "no recipe '", name, "'; ",
       guess.empty() ? "" : "did you mean '" + guess + "'? ",
       "There are: ", fmt::format("{}", fmt::join(recipe_names(), ", ")));
}

std::optional<std::int64_t> random_feature_width(const TrainConfig& config) {
  return random_width(config.features);
}

void set_option(TrainConfig& config, std::string_view key, const std::string& text) {
  const Option* option = find_option(key);
  if (option == nullptr) unknown_option(ErrorCode::kInvalidArgument, "", key);
  std::string flag = fmt::format("--{} ", key);
  std::replace(flag.begin(), flag.end(), '_', '-');
  const Value value = parse_text(*option, text);
  assign(config, *option, value, flag + (std::holds_alternative<std::string>(value) ? quoted(text) : text));
}

void apply_toml(TrainConfig& config, std::string_view text, const std::string& file) {
  const toml::table table = parse_toml(text, file);
  for (const auto& [key, node] : table) {
    const std::string place = fmt::format("{}:{}: ", file, node.source().begin.line);
    const Option* option = find_option(key.str());
    if (option == nullptr) unknown_option(ErrorCode::kBadData, place, key.str());
    try {
      assign(config, *option, toml_value(node, place, key.str()),
             fmt::format("{}{} = {}", place, key.str(), written(node, text)));
    } catch (const Error& error) {
      throw Error(ErrorCode::kBadData, error.what());
    }
  }
}

TrainConfig make_config(const ConfigSources& sources) {
  TrainConfig config;
  const std::string file_text = sources.file.empty() ? "" : read_text(sources.file);
  std::string recipe = sources.recipe;
  if (!sources.file.empty()) {
    TrainConfig said;
    apply_toml(said, file_text, sources.file.string());
    if (recipe.empty()) recipe = said.recipe;
  } else if (recipe.empty()) {
    recipe = "dgl-gcn";
  }
  if (!recipe.empty()) apply_toml(config, recipe_text(recipe), recipe + ".toml");
  if (!sources.file.empty()) apply_toml(config, file_text, sources.file.string());
  config.recipe = recipe;
  for (const auto& [key, value] : sources.settings) set_option(config, key, value);
  check_together(config);
  return config;
}

std::string to_toml(const TrainConfig& config) {
  std::string out;
  for (const Option& option : options()) append_line(out, config, option, true);
  return out;
}

std::string to_toml(const TrainConfig& config, Scope scope) {
  std::string out;
  for (const Option& option : options()) {
    if (option.scope == scope) append_line(out, config, option, false);
  }
  return out;
}

}  // namespace weft::engine
