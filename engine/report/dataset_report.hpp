#pragma once
// What `weft info` tells about a dataset's graph, labels and splits.
#include "data/dataset.hpp"
#include "engine/include/weft/weft.hpp"

namespace weft::engine {

/// Everything of DatasetInfo that follows from the dataset itself; cache, recipe and memory are the caller's.
DatasetInfo describe(const data::Dataset& dataset, int threads);

}  // namespace weft::engine
