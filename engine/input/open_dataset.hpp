#pragma once
// A dataset as training and prediction want it: converted if need be, every checksum compared.
#include <cstdint>
#include <functional>
#include <string>

#include "data/dataset.hpp"
#include "engine/config/option_groups.hpp"
#include "engine/environment.hpp"

namespace weft::engine {

data::Dataset open_dataset(const std::string& name, const FeatureOptions& features, int threads,
                           const TrainEnvironment& environment);

/// How far a conversion of dataset `name` is; throws kInterrupted where somebody wishes that it ends.
std::function<void(const std::string& what, double fraction)> stoppable_progress(const std::string& name,
                                                                                 const Events& events);

/// Bytes for sorting a graph, from GB; 0 GB is data::kGraphMemory. Errors: kInvalidArgument.
std::uint64_t graph_memory(double gigabytes);

/// What must be said of scores on features that were made up.
std::string made_up_note(const FeatureOptions& features);

}  // namespace weft::engine
