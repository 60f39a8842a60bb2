// OGB's csv layout with one node type: raw/edge, num-node-list, num-edge-list, node-feat, node-label, ...
#include <algorithm>
#include <limits>

#include "data/layouts.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxNodes = std::numeric_limits<NodeId>::max();
constexpr const char* kFetch = "unpack the dataset again";

class HomogeneousCsv {
 public:
  explicit HomogeneousCsv(const RawReader& reader) : reader_(reader), spec_(reader.spec()) {}

  RawDataset read() {
    nodes_ = read_count("num-node-list", 1, kMaxNodes, "nodes");
    edges_ = read_count("num-edge-list", 0, std::numeric_limits<std::int64_t>::max() / 2, "edges");
    raw_.facts = reader_.facts();
    raw_.tables[kNodeType].rows = nodes_.rows;
    raw_.relations.push_back({kNodeType, kEdgeType, kNodeType, {}, {}});
    read_nodes();
    read_edges();
    return std::move(raw_);
  }

 private:
  RowCount read_count(const std::string& stem, std::int64_t low, std::int64_t high, const char* what) const {
    const fs::path path = reader_.raw().require(stem, kFetch);
    const std::vector<std::int64_t> counts = reader_.read_counts(path, low, high, what);
    if (counts.size() != 1) {
      fail(ErrorCode::kUnsupported, path.string(), ": has ", counts.size(),
           " rows, one per graph, where a node dataset is one graph");
    }
    return {counts[0], path.filename().string(), what};
  }

  void read_nodes() {
    std::vector<ArraySource>& columns = raw_.tables[kNodeType].columns;
    for (const RawColumn& file : node_files()) {
      columns.push_back(in_memory(reader_.read_column(file, nodes_)));
    }
    Labels labels = reader_.read_labels({"node_label", reader_.raw().require("node-label", kFetch)}, nodes_);
    raw_.facts.num_tasks = labels.num_tasks;
    raw_.facts.num_classes = labels.num_classes;
    for (auto& [name, ids] : reader_.read_splits(nodes_.rows, kNodeType, &labels.column)) {
      add_split(raw_, name, kNodeType, std::move(ids));
    }
    raw_.facts.default_split = reader_.default_split();
    columns.push_back(in_memory(std::move(labels.column)));
    if (const auto path = node_features()) columns.push_back(reader_.features({"node_feat", *path}, nodes_));
  }

  void read_edges() {
    RawRelation& relation = raw_.relations.front();
    relation.edges = reader_.edges(reader_.raw().require("edge", kFetch), edges_, nodes_.rows);
    for (const RawColumn& file : reader_.raw().edge_columns()) {
      relation.columns.push_back(in_memory(reader_.read_column(file, edges_)));
    }
    if (const auto path = edge_features())
      relation.columns.push_back(reader_.features({"edge_feat", *path}, edges_));
  }

  std::vector<RawColumn> node_files() const {
    const std::vector<RawColumn> files = reader_.raw().node_columns();
    const std::string wanted(spec_ != nullptr ? spec_->node_files : "");
    const auto is_wanted = [&](const RawColumn& file) { return file.array == wanted; };
    if (!wanted.empty() && std::none_of(files.begin(), files.end(), is_wanted))
      reader_.raw().require(wanted, kFetch);
    return files;
  }

  std::optional<fs::path> node_features() const {
    if (reader_.options().without_features) return std::nullopt;
    if (spec_ == nullptr || !spec_->has_node_attr) return reader_.raw().find("node-feat");
    return reader_.raw().require("node-feat",
                                 detail::concat(kFetch, ", or convert the rest with --without-features"));
  }

  std::optional<fs::path> edge_features() const {
    if (spec_ == nullptr || !spec_->has_edge_attr) return reader_.raw().find("edge-feat");
    return reader_.raw().require("edge-feat", kFetch);
  }

  const RawReader& reader_;
  const DatasetSpec* spec_;
  RowCount nodes_, edges_;
  RawDataset raw_;
};

}  // namespace

RawDataset read_homogeneous_csv(const RawReader& reader) { return HomogeneousCsv(reader).read(); }

}  // namespace weft::data
