#pragma once
// What a run was trained on, in a few checksums: a run is not continued on anything else under the same name.
#include <map>
#include <string>

#include "data/dataset.hpp"
#include "engine/config/option_groups.hpp"

namespace weft::engine {

/// CRC-32s, in hexadecimal, of what training reads of a dataset, by what a message calls it: "graph",
/// "features" (none where they are made up), "labels" and "split". A cache that is made again of the same
/// files, in the same order of nodes, has the same.
std::map<std::string, std::string> fingerprint(const data::Dataset& dataset, const std::string& split,
                                               const FeatureOptions& options);

}  // namespace weft::engine
