#pragma once
// Options that somebody gave and that change nothing in the training they were given for.
#include <string>
#include <utility>
#include <vector>

#include "engine/config/config.hpp"

namespace weft::engine {

/// A line for each of `settings`' keys that has no effect under `config`, with the reason.
std::vector<std::string> idle_options(const TrainConfig& config,
                                      const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace weft::engine
