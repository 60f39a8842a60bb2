#pragma once
// A dataset as the files of OGB's csv layout with one node type.
#include <filesystem>

#include "data/raw/raw_dataset.hpp"

namespace weft::data {

/// raw/ and split/ below `folder`, which must exist: edges, numbers of nodes and edges, columns of both
/// ("node_feat", "node_label", "edge_weight"), and splits of node ids. Floats have the digits that tell them
/// from every other float, so that a conversion finds the same bits. The same bytes at any thread count. For
/// datasets with one node type and no further arrays; values int64 or float32. Errors: those of the streams,
/// kNoSpace, kIo; what was written by then stays.
void write_raw(const std::filesystem::path& folder, const RawDataset& dataset, int threads);

}  // namespace weft::data
