#pragma once
// Many graphs in one file: which rows are whose, and ids that are local to their graph.
#include <vector>

#include "data/raw_reader.hpp"

namespace weft::data {

/// Graph g has the nodes node_starts[g] to node_starts[g + 1] - 1 of the batched graph, and likewise raw
/// edges.
struct GraphSpans {
  std::vector<std::int64_t> node_starts{0};
  std::vector<std::int64_t> edge_starts{0};

  std::int64_t graphs() const { return static_cast<std::int64_t>(node_starts.size()) - 1; }
  std::int64_t nodes() const { return node_starts.back(); }
  std::int64_t edges() const { return edge_starts.back(); }
};

/// Of raw/num-node-list and raw/num-edge-list. Errors: kBadData when the lists differ in length, or there are
/// more nodes in all than node ids.
GraphSpans read_graph_spans(const RawReader& reader);

/// The edges of a file whose ids are local to their graph, with ids that run on. Errors (of the stream):
/// kBadData naming file, line, graph and id.
EdgeSource batched_edges(const RawReader& reader, const std::filesystem::path& path, const RowCount& count,
                         const GraphSpans& spans);

}  // namespace weft::data
