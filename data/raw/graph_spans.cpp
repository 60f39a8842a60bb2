#include "data/raw/graph_spans.hpp"

#include <algorithm>
#include <limits>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxNodes = std::numeric_limits<NodeId>::max();
constexpr std::int64_t kMaxEdges = std::numeric_limits<std::int64_t>::max() / 2;

/// Running sums from 0. Errors: kBadData when they pass `most`.
std::vector<std::int64_t> starts_of(const std::vector<std::int64_t>& counts, std::int64_t most,
                                    const std::string& from, const char* what) {
  std::vector<std::int64_t> starts{0};
  starts.reserve(counts.size() + 1);
  for (const std::int64_t count : counts) {
    if (count > most - starts.back()) {
      fail(ErrorCode::kBadData, from, ": row ", starts.size(), ": more than ", most, " ", what,
           " in all, which is the most that can be read; split the dataset");
    }
    starts.push_back(starts.back() + count);
  }
  return starts;
}

using Place = std::function<std::string(std::int64_t row, int end)>;

/// Walks the rows of an edge list with the graph they belong to.
class Batcher {
 public:
  Batcher(const Place& place, const GraphSpans& spans) : place_(place), spans_(spans) {}

  void shift(NodeId* source, NodeId* target, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k, ++row_) {
      while (row_ >= spans_.edge_starts[graph_ + 1]) ++graph_;
      const std::int64_t first = spans_.node_starts[graph_];
      const std::int64_t nodes = spans_.node_starts[graph_ + 1] - first;
      if (source[k] >= nodes) refuse(0, source[k], nodes);
      if (target[k] >= nodes) refuse(1, target[k], nodes);
      source[k] += static_cast<NodeId>(first);
      target[k] += static_cast<NodeId>(first);
    }
  }

 private:
  [[noreturn]] void refuse(int end, NodeId id, std::int64_t nodes) const {
    fail(ErrorCode::kBadData, place_(row_, end), ": '", id, "' is out of range; graph ", graph_, " has ",
         nodes, " nodes and ids from 0: correct the row");
  }

  const Place& place_;
  const GraphSpans& spans_;
  std::size_t graph_ = 0;
  std::int64_t row_ = 0;
};

}  // namespace

std::int64_t GraphSpans::most_nodes() const {
  std::int64_t most = 1;
  for (std::size_t g = 0; g + 1 < node_starts.size(); ++g)
    most = std::max(most, node_starts[g + 1] - node_starts[g]);
  return most;
}

GraphSpans spans_of(const std::vector<std::int64_t>& nodes, const std::string& nodes_from,
                    const std::vector<std::int64_t>& edges, const std::string& edges_from) {
  if (nodes.size() != edges.size()) {
    fail(ErrorCode::kBadData, edges_from, ": has ", edges.size(), " rows where ",
         fs::path(nodes_from).filename().string(), " has ", nodes.size(),
         ", one per graph; the files do not belong together: correct one of them");
  }
  return {starts_of(nodes, kMaxNodes, nodes_from, "nodes"), starts_of(edges, kMaxEdges, edges_from, "edges")};
}

GraphSpans read_graph_spans(const RawReader& reader) {
  const fs::path node_path = reader.raw().require("num-node-list");
  const fs::path edge_path = reader.raw().require("num-edge-list");
  return spans_of(reader.read_counts(node_path, 0, kMaxNodes, "nodes"), node_path.string(),
                  reader.read_counts(edge_path, 0, kMaxEdges, "edges"), edge_path.string());
}

EdgeSource batched_edges(EdgeSource local, const GraphSpans& spans, Place place) {
  return {local.count, [local, spans, place](const EdgeSink& sink) {
            Batcher batcher(place, spans);
            std::vector<NodeId> source, target;
            local.stream([&](const NodeId* from, const NodeId* to, std::int64_t more) {
              source.assign(from, from + more);
              target.assign(to, to + more);
              batcher.shift(source.data(), target.data(), more);
              sink(source.data(), target.data(), more);
            });
          }};
}

EdgeSource batched_edges(const RawReader& reader, const fs::path& path, const RowCount& count,
                         const GraphSpans& spans) {
  if (spans.graphs() == 1) return reader.edges(path, count, spans.nodes(), spans.nodes());
  // Any id passes the file's reader, so that whoever knows the graph refuses it by name.
  return batched_edges(
      reader.edges(path, count, kMaxNodes, kMaxNodes), spans, [path](std::int64_t row, int end) {
        return detail::concat(path.string(), ": line ", csv_line_of_row(path, row), ", column ", end + 1);
      });
}

}  // namespace weft::data
