// OGB's binary layout with one node type, for all three tasks: raw/data.npz and node-label.npz,
// graph-label.npz or, for links, no labels. Nothing of the size of the edges or the features is ever in
// memory.
#include <algorithm>
#include <limits>

#include "data/base/file.hpp"
#include "data/containers/npz.hpp"
#include "data/graph/edge_weights.hpp"
#include "data/raw/array_values.hpp"
#include "data/raw/graph_spans.hpp"
#include "data/raw/layouts.hpp"
#include "data/raw/link_splits.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEdges = "edge_index";
constexpr const char* kNodeCounts = "num_nodes_list";
constexpr const char* kEdgeCounts = "num_edges_list";
constexpr const char* kFeatures = "node_feat";

class HomogeneousNpz {
 public:
  explicit HomogeneousNpz(const RawReader& reader)
      : reader_(reader), spec_(reader.spec()), file_(reader.raw().path() / "raw/data.npz"), data_(file_) {}

  RawDataset read() {
    raw_.facts = reader_.facts();
    if (spec_ == nullptr) raw_.facts.task = task_of_own_files();
    check_names();
    if (raw_.facts.add_inverse_edge) {
      fail(ErrorCode::kUnsupported, file_.string(),
           ": inverse edges cannot be added to a binary dataset (nor does OGB); "
           "store both directions of every edge");
    }
    read_counts();
    read_edges();
    read_node_columns();
    const std::vector<std::string> names = data_.names();
    const auto of_nodes = [](const std::string& name) { return name.starts_with("node_"); };
    if (std::none_of(names.begin(), names.end(), of_nodes))
      reader_.check_plausible(file_, nodes_.rows, edges_.rows);
    if (raw_.facts.task == kGraphType) {
      read_graphs();
    } else if (raw_.facts.task == kLinkTask) {
      read_link_splits(reader_, raw_);
    } else {
      read_node_labels();
    }
    raw_.facts.default_split = reader_.default_split();
    return std::move(raw_);
  }

 private:
  void check_names() const {
    for (const char* needed : {kEdges, kNodeCounts, kEdgeCounts}) data_.array(needed);
    for (const std::string& name : data_.names()) {
      const bool known = name == kEdges || name == kNodeCounts || name == kEdgeCounts ||
                         name.starts_with("node_") || name.starts_with("edge_");
      if (known && utf8_text(name) == name) continue;
      fail(ErrorCode::kBadData, file_.string(), ": array '", name, "' is unknown; besides ", kEdges, ", ",
           kNodeCounts, " and ", kEdgeCounts, " there may be node_... and edge_...: rename or remove it");
    }
  }

  bool has_file(const std::string& name) const { return is_there(reader_.raw().path() / "raw" / name); }

  std::string task_of_own_files() const {
    for (const char* labels : {"graph-label", "node-label"}) {
      const std::string npz = std::string(labels) + ".npz";
      const auto csv = reader_.raw().find(labels);
      if (csv && has_file(npz)) refuse_both(reader_.raw().path() / "raw" / npz, *csv);
    }
    if (has_file("graph-label.npz")) return kGraphType;
    return !has_file("node-label.npz") && has_link_splits(reader_.raw()) ? kLinkTask : kNodeType;
  }

  void read_counts() {
    const FileArray nodes = data_.array(kNodeCounts), edges = data_.array(kEdgeCounts);
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    spans_ = spans_of(read_integers(nodes, 0, kMost, "a number of nodes"), nodes.where,
                      read_integers(edges, 0, kMost, "a number of edges"), edges.where);
    if (raw_.facts.task != kGraphType && (spans_.graphs() != 1 || spans_.nodes() == 0)) {
      fail(ErrorCode::kBadData, nodes.where, ": has ", spans_.graphs(), " values, one per graph, and ",
           spans_.nodes(), " nodes where a ", raw_.facts.task,
           " dataset is one graph with at least one node; graphs with labels have "
           "raw/graph-label.npz");
    }
    nodes_ = {spans_.nodes(), kNodeCounts, "nodes"};
    edges_ = {spans_.edges(), kEdgeCounts, "edges"};
    raw_.tables[kNodeType].rows = nodes_.rows;
  }

  void read_edges() {
    RawRelation& relation = raw_.relations.emplace_back();
    relation.source = relation.target = kNodeType;
    relation.name = kEdgeType;
    const FileArray pairs = data_.array(kEdges);
    relation.edges = edge_pairs(pairs, spans_.most_nodes());
    if (relation.edges.count != edges_.rows) refuse_shape(pairs, detail::concat("[2, ", edges_.rows, "]"));
    if (spans_.graphs() != 1) {
      relation.edges =
          batched_edges(relation.edges, spans_, [where = pairs.where](std::int64_t row, int end) {
            return detail::concat(where, ": position [", end, ", ", row, "]");
          });
    }
    for (const std::string& name : data_.names()) {
      if (!name.starts_with("edge_") || name == kEdges) continue;
      relation.columns.push_back(column(name, edges_, name == "edge_feat"));
    }
  }

  void read_node_columns() {
    if (data_.has("node_label") && raw_.facts.task == kNodeType) {
      fail(ErrorCode::kBadData, file_.string(),
           ": array 'node_label' is read from raw/node-label.npz; move it there");
    }
    const bool left_out = reader_.options().without_features;
    for (const std::string& name : data_.names()) {
      if (!name.starts_with("node_") || (left_out && name == kFeatures)) continue;
      raw_.tables[kNodeType].columns.push_back(column(name, nodes_, name == kFeatures));
    }
    if (left_out || spec_ == nullptr || !spec_->has_node_attr || data_.has(kFeatures)) return;
    fail(ErrorCode::kNotFound, file_.string(), ": has no array '", kFeatures,
         "'; convert the rest with --without-features");
  }

  ArraySource column(const std::string& name, const RowCount& count, bool features) const {
    const bool may_lack = !features && name != kEdgeWeight;
    return matrix(name, data_.array(name), count, may_lack, features ? Codec::kRaw : Codec::kZstd);
  }

  void read_node_labels() {
    if (spec_ != nullptr || has_file("node-label.npz"))
      return read_labels("node-label.npz", "node_label", nodes_, kNodeType);
    note_unlabelled(raw_.facts, reader_.raw().path().string() + ": has no raw/node-label.npz",
                    reader_.options());
    if (!reader_.raw().splits().empty()) take_splits(nodes_.rows, kNodeType, nullptr);
  }

  void read_graphs() {
    const RowCount graphs{spans_.graphs(), kNodeCounts, "graphs"};
    raw_.tables[kGraphType].rows = graphs.rows;
    raw_.arrays.push_back(
        in_memory<std::int64_t>(kGraphOffsets, {graphs.rows + 1}, std::vector(spans_.node_starts)));
    read_labels("graph-label.npz", "graph_label", graphs, kGraphType);
  }

  void read_labels(const char* file, const char* name, const RowCount& count, const char* type) {
    std::optional<std::int64_t> classes = reader_.options().num_classes;
    if (!classes && spec_ != nullptr) classes = spec_->num_classes;
    const FileArray array = NpzFile(reader_.raw().path() / "raw" / file).array(name);
    Labels labels = labels_of(array, name, count, classes, reader_.options());
    if (spec_ != nullptr && labels.num_tasks != spec_->num_tasks)
      refuse_shape(array, detail::concat("[", count.what, ", ", spec_->num_tasks, "]"));
    set_label_facts(raw_.facts, labels, spec_);
    take_splits(count.rows, type, &labels.column);
    raw_.tables[type].columns.push_back(in_memory(std::move(labels.column)));
  }

  void take_splits(std::int64_t count, const char* type, const Column* labels) {
    for (auto& [split, ids] : reader_.read_splits(count, type, labels))
      add_split(raw_, split, type, std::move(ids));
  }

  const RawReader& reader_;
  const DatasetSpec* spec_;
  fs::path file_;
  NpzFile data_;
  GraphSpans spans_;
  RowCount nodes_, edges_;
  RawDataset raw_;
};

}  // namespace

RawDataset read_homogeneous_npz(const RawReader& reader) { return HomogeneousNpz(reader).read(); }

}  // namespace weft::data
