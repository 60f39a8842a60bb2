#pragma once
// A dataset as training and prediction want it: converted if need be, every checksum compared.
#include <cstdint>
#include <string>

#include "data/dataset.hpp"
#include "engine/trainer.hpp"

namespace weft::engine {

data::Dataset open_dataset(const std::string& name, const TrainConfig& config, int threads,
                           const TrainEnvironment& environment);

/// Bytes for sorting a graph, from GB; 0 GB is data::kGraphMemory. Errors: kInvalidArgument.
std::uint64_t graph_memory(double gigabytes);

/// What must be said of scores on features that were made up.
std::string made_up_note(const TrainConfig& config);

}  // namespace weft::engine
