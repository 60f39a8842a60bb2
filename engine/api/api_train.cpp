// The public interface over training and prediction.
#include "engine/config/config.hpp"
#include "engine/config/option_values.hpp"
#include "engine/config/options.hpp"
#include "engine/interrupt.hpp"
#include "engine/report/predictions.hpp"
#include "engine/run/run_directory.hpp"
#include "engine/run/trainer.hpp"
#include "weft/version.h"

namespace weft {
namespace {

TrainOption::Kind kind_of(const engine::Option& option) {
  if (std::holds_alternative<engine::Access<bool>>(option.field)) return TrainOption::Kind::kSwitch;
  if (std::holds_alternative<engine::Access<std::string>>(option.field)) return TrainOption::Kind::kText;
  return TrainOption::Kind::kNumber;
}

engine::TrainConfig configure(const std::string& name, const TrainOptions& options) {
  engine::ConfigSources sources{options.recipe, options.config, options.settings};
  const std::filesystem::path began = engine::config_path(options.out);
  const bool as_it_began = options.resume && options.recipe.empty() && options.config.empty();
  if (as_it_began && std::filesystem::exists(began)) sources.file = began;
  engine::TrainConfig config = engine::make_config(sources);
  config.dataset = name;
  config.run.out = options.out;
  config.run.resume = options.resume;
  return config;
}

}  // namespace

std::string version() { return WEFT_VERSION; }

std::vector<TrainOption> train_options() {
  const engine::TrainConfig presets;
  std::vector<TrainOption> all;
  for (const engine::Option& option : engine::options()) {
    if (option.key == "recipe" || option.key == "dataset")
      continue;  // TrainOptions::recipe, train's first argument
    all.push_back({std::string(option.key), std::string(option.help), std::string(option.unit),
                   engine::expectation(option), engine::value_text(presets, option), kind_of(option)});
  }
  return all;
}

std::vector<std::string> recipe_names() {
  const auto names = engine::recipe_names();
  return {names.begin(), names.end()};
}

void check_setting(const std::string& key, const std::string& value) {
  engine::TrainConfig scratch;
  engine::set_option(scratch, key, value);
}

TrainResult train(const std::string& name, const TrainOptions& options) {
  WEFT_CHECK(!options.resume || !options.out.empty(), "nothing to resume: name the run's folder with --out");
  engine::clear_stop();
  const engine::TrainConfig config = configure(name, options);
  if (options.events.note) {
    for (const std::string& line : engine::idle_options(config, options.settings)) options.events.note(line);
  }
  return engine::train(config, {options.root, options.command_line, options.events});
}

PredictResult predict(const std::filesystem::path& checkpoint, const std::string& name,
                      const PredictOptions& options) {
  if (!options.out.empty()) engine::check_predictions_path(options.out);
  engine::clear_stop();
  const engine::PredictJob job{checkpoint, name, options.device, options.threads};
  PredictResult result = engine::predict(job, {options.root, "", options.events});
  engine::end_if_asked(name, "nothing was predicted");
  if (!options.out.empty()) engine::write_predictions(options.out, result.classes);
  return result;
}

}  // namespace weft
