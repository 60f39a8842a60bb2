#pragma once
// A dataset's nodes in another order, on their way from the raw files into the cache.
#include <cstdint>
#include <optional>
#include <string>

#include "data/graph/node_order.hpp"
#include "data/raw/conversion.hpp"
#include "data/raw/raw_dataset.hpp"

namespace weft::data {

struct Reordering {
  NodeOrder order = NodeOrder::kNone;
  int threads = 1;
  std::uint64_t memory_bytes = kGraphMemory;  // that the graph may take while its order is found
  std::function<void(const std::string& what, double fraction)> progress =
      {};  // may be empty, or throw to stop
};

/// Empty when `raw` can be reordered with so much memory, else why not, to follow the dataset's name.
std::string why_not_reordered(const RawDataset& raw, const Reordering& how);

/// What pays for itself within a few epochs: communities, where the graph is too large for a core's own
/// caches and can be reordered.
NodeOrder default_order(const RawDataset& raw, const Reordering& how);

/// `raw` with its nodes in the order of its graph made symmetric: rows of the node table and of sparse
/// features, ends of edges, ids in splits. Edges keep their ids, lists their order, and the array kNodeOrder
/// tells each row's original id. Reads the edges now; columns are held in memory, one at a time, as they are
/// written, or, where they are drawn and memory suffices for them too, from now on, drawn while the order is
/// found. Errors: kUnsupported where it cannot be done, and those of the streams.
RawDataset reordered(RawDataset raw, const Reordering& how);

/// `raw` in the order `asked` for, or without one in that of default_order(); `how.order` is not read.
/// Errors: as reordered().
RawDataset in_order(RawDataset raw, const std::optional<NodeOrder>& asked, Reordering how);

}  // namespace weft::data
