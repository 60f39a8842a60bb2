#include "data/graph_spans.hpp"

#include <algorithm>
#include <limits>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxNodes = std::numeric_limits<NodeId>::max();
constexpr std::int64_t kMaxEdges = std::numeric_limits<std::int64_t>::max() / 2;
constexpr const char* kFetch = "unpack the dataset again";

/// Running sums from 0. Errors: kBadData when they pass `most`.
std::vector<std::int64_t> starts_of(const std::vector<std::int64_t>& counts, std::int64_t most,
                                    const fs::path& path, const char* what) {
  std::vector<std::int64_t> starts{0};
  starts.reserve(counts.size() + 1);
  for (const std::int64_t count : counts) {
    if (count > most - starts.back()) {
      fail(ErrorCode::kBadData, path.string(), ": row ", starts.size(), ": more than ", most, " ", what,
           " in all, which is the most that can be read; split the dataset");
    }
    starts.push_back(starts.back() + count);
  }
  return starts;
}

/// Walks the rows of an edge file with the graph they belong to.
class Batcher {
 public:
  Batcher(const fs::path& path, const GraphSpans& spans) : path_(path), spans_(spans) {}

  void shift(NodeId* source, NodeId* target, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k, ++row_) {
      while (row_ >= spans_.edge_starts[graph_ + 1]) ++graph_;
      const std::int64_t first = spans_.node_starts[graph_];
      const std::int64_t nodes = spans_.node_starts[graph_ + 1] - first;
      if (source[k] >= nodes) refuse(1, source[k], nodes);
      if (target[k] >= nodes) refuse(2, target[k], nodes);
      source[k] += static_cast<NodeId>(first);
      target[k] += static_cast<NodeId>(first);
    }
  }

 private:
  [[noreturn]] void refuse(int column, NodeId id, std::int64_t nodes) const {
    fail(ErrorCode::kBadData, path_.string(), ": line ", csv_line_of_row(path_, row_), ", column ", column,
         ": '", id, "' is out of range; graph ", graph_, " has ", nodes,
         " nodes and ids from 0: correct the row or fetch the file again");
  }

  const fs::path& path_;
  const GraphSpans& spans_;
  std::size_t graph_ = 0;
  std::int64_t row_ = 0;
};

}  // namespace

GraphSpans read_graph_spans(const RawReader& reader) {
  const fs::path node_path = reader.raw().require("num-node-list", kFetch);
  const fs::path edge_path = reader.raw().require("num-edge-list", kFetch);
  const std::vector<std::int64_t> nodes = reader.read_counts(node_path, 0, kMaxNodes, "nodes");
  const std::vector<std::int64_t> edges = reader.read_counts(edge_path, 0, kMaxEdges, "edges");
  if (nodes.size() != edges.size()) {
    fail(ErrorCode::kBadData, edge_path.string(), ": has ", edges.size(), " rows where ",
         node_path.filename().string(), " has ", nodes.size(),
         ", one per graph; the files do not belong together: ", kFetch);
  }
  return {starts_of(nodes, kMaxNodes, node_path, "nodes"), starts_of(edges, kMaxEdges, edge_path, "edges")};
}

EdgeSource batched_edges(const RawReader& reader, const fs::path& path, const RowCount& count,
                         const GraphSpans& spans) {
  std::int64_t largest = 1;
  for (std::size_t g = 0; g + 1 < spans.node_starts.size(); ++g)
    largest = std::max(largest, spans.node_starts[g + 1] - spans.node_starts[g]);
  const EdgeSource local = reader.edges(path, count, largest, largest);
  return {local.count, [local, path, spans](const EdgeSink& sink) {
            Batcher batcher(path, spans);
            std::vector<NodeId> source, target;
            local.stream([&](const NodeId* from, const NodeId* to, std::int64_t more) {
              source.assign(from, from + more);
              target.assign(to, to + more);
              batcher.shift(source.data(), target.data(), more);
              sink(source.data(), target.data(), more);
            });
          }};
}

}  // namespace weft::data
