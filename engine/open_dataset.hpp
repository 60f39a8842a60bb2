#pragma once
// A dataset as training and prediction want it: converted if need be, every checksum compared.
#include <string>

#include "data/dataset.hpp"
#include "engine/trainer.hpp"

namespace weft::engine {

data::Dataset open_dataset(const std::string& name, const TrainConfig& config, int threads,
                           const TrainEnvironment& environment);

/// What must be said of scores on features that were made up.
std::string made_up_note(const TrainConfig& config);

}  // namespace weft::engine
