#pragma once
// Many graphs in one file: which rows are whose, and ids that are local to their graph.
#include <vector>

#include "data/raw/raw_reader.hpp"

namespace weft::data {

/// Graph g has the nodes node_starts[g] to node_starts[g + 1] - 1 of the batched graph, and likewise raw
/// edges.
struct GraphSpans {
  std::vector<std::int64_t> node_starts{0};
  std::vector<std::int64_t> edge_starts{0};

  std::int64_t graphs() const { return static_cast<std::int64_t>(node_starts.size()) - 1; }
  std::int64_t nodes() const { return node_starts.back(); }
  std::int64_t edges() const { return edge_starts.back(); }

  /// Nodes of the largest graph, at least 1: local ids are below.
  std::int64_t most_nodes() const;
};

/// Of counts per graph; `nodes_from` and `edges_from` name where they are from. Errors: kBadData when the
/// lists differ in length, or there are more nodes in all than node ids.
GraphSpans spans_of(const std::vector<std::int64_t>& nodes, const std::string& nodes_from,
                    const std::vector<std::int64_t>& edges, const std::string& edges_from);

/// Of raw/num-node-list and raw/num-edge-list. Errors: as spans_of.
GraphSpans read_graph_spans(const RawReader& reader);

/// Edges whose ids are local to their graph, with ids that run on. `place` names a row's end, 0 or 1, for
/// messages. Errors (of the stream): kBadData naming place, graph and id.
EdgeSource batched_edges(EdgeSource local, const GraphSpans& spans,
                         std::function<std::string(std::int64_t row, int end)> place);
/// Of a csv file.
EdgeSource batched_edges(const RawReader& reader, const std::filesystem::path& path, const RowCount& count,
                         const GraphSpans& spans);

}  // namespace weft::data
