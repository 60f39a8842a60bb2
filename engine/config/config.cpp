#include "engine/config/config.hpp"

#include <fmt/format.h>
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include "engine/config/option_values.hpp"
#include "engine/config/options.hpp"
#include "engine/config/recipes.hpp"
#include "kernels/base/closest.hpp"
#include "kernels/base/error.hpp"

namespace weft::engine {
namespace {

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
      config.run.select == "valid" || config.run.patience == 0, "--patience ", config.run.patience,
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
       guess.empty() ? "there are: " : "did you mean '" + guess + "'? There are: ",
       fmt::format("{}", fmt::join(recipe_names(), ", ")));
}

void set_option(TrainConfig& config, std::string_view key, const std::string& text) {
  const Option* option = find_option(key);
  if (option == nullptr) unknown_option(ErrorCode::kInvalidArgument, "", key);
  const Value value = parse_text(*option, text);
  const std::string shown = std::holds_alternative<std::string>(value) ? quoted(text) : text;
  assign(config, *option, value, flag_name(key) + " " + shown);
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
