#include "engine/config/idle_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/model.hpp"

namespace weft::engine {
namespace {

struct Idle {
  std::string_view key;
  bool (*holds)(const TrainConfig& config);
  const char* why;
};

bool has_no_graph(const TrainConfig& config) { return !models::kind_uses_graph(config.model); }
bool has_one_layer(const TrainConfig& config) { return config.layers == 1; }
bool decays_nothing(const TrainConfig& config) { return config.weight_decay == 0.0; }
bool makes_features_up(const TrainConfig& config) { return config.features != "file"; }
bool keeps_no_files(const TrainConfig& config) { return config.out.empty(); }

constexpr Idle kIdle[] = {
    {"symmetric", has_no_graph, "this model uses no graph"},
    {"self_loops", has_no_graph, "this model uses no graph"},
    {"norm", has_no_graph, "this model uses no graph"},
    {"edge_weights", has_no_graph, "this model uses no graph"},
    {"hidden", has_one_layer, "one layer has no channels between layers"},
    {"dropout", has_one_layer, "it is for layers but the last, and there is one"},
    {"batch_norm", has_one_layer, "it is for layers but the last, and there is one"},
    {"weight_decay_on", decays_nothing, "weight decay is 0"},
    {"log1p", makes_features_up, "the features are made up"},
    {"checkpoint_every", keeps_no_files, "nothing is kept without --out"},
};

}  // namespace

std::vector<std::string> idle_options(const TrainConfig& config,
                                      const std::vector<std::pair<std::string, std::string>>& settings) {
  std::vector<std::string> lines;
  for (const Idle& idle : kIdle) {
    const bool given =
        std::any_of(settings.begin(), settings.end(), [&](const auto& one) { return one.first == idle.key; });
    if (!given || !idle.holds(config)) continue;
    std::string flag = fmt::format("--{}", idle.key);
    std::replace(flag.begin(), flag.end(), '_', '-');
    lines.push_back(fmt::format("{} has no effect: {}", flag, idle.why));
  }
  return lines;
}

}  // namespace weft::engine
