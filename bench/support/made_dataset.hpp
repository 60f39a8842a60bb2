#pragma once
// A set in OGB's csv.gz layout with random contents, to measure conversions on.
#include <filesystem>

#include "kernels/base/types.hpp"

namespace weft::bench {

/// Writes `nodes` nodes with 128 features of six decimals, 7 edges and one of 40 labels each, and a split: at
/// 169,343 nodes a set of ogbn-arxiv's size. Compressed by the program gzip. Errors: kIo.
void write_made_dataset(const std::filesystem::path& folder, NodeId nodes);

}  // namespace weft::bench
