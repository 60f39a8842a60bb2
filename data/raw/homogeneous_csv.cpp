// OGB's csv layout with one node type, for all three tasks: raw/edge, num-node-list, num-edge-list,
// node-feat, and node-label, graph-label or, for links, no labels.
#include <algorithm>

#include "data/raw/graph_spans.hpp"
#include "data/raw/layouts.hpp"
#include "data/raw/link_splits.hpp"
#include "data/raw/token_labels.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNodeLabel = "node-label";
constexpr const char* kGraphLabel = "graph-label";

class HomogeneousCsv {
 public:
  explicit HomogeneousCsv(const RawReader& reader)
      : reader_(reader), spec_(reader.spec()), spans_(read_graph_spans(reader)) {}

  RawDataset read() {
    raw_.facts = reader_.facts();
    if (spec_ == nullptr) raw_.facts.task = task_of_own_files();
    nodes_ = {spans_.nodes(), name_of("num-node-list"), "nodes"};
    edges_ = {spans_.edges(), name_of("num-edge-list"), "edges"};
    if (raw_.facts.task != kGraphType) require_one_graph();
    if (!has_rows_of_nodes())
      reader_.check_plausible(reader_.raw().require("num-node-list"), nodes_.rows, edges_.rows);
    raw_.tables[kNodeType].rows = nodes_.rows;
    raw_.relations.push_back({kNodeType, kEdgeType, kNodeType, {}, {}});
    read_node_columns();
    read_edges();
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
  std::string name_of(const std::string& stem) const {
    return reader_.raw().require(stem).filename().string();
  }

  /// Whether a file has a row per node, against which the number of nodes is checked.
  bool has_rows_of_nodes() const {
    const RawFolder& files = reader_.raw();
    const bool of_task = raw_.facts.task == kNodeType && (files.find(kNodeLabel) || files.has_features());
    return of_task || !files.node_columns().empty();
  }

  std::string task_of_own_files() const {
    if (reader_.raw().find(kGraphLabel)) return kGraphType;
    const bool link = !reader_.raw().find(kNodeLabel) && has_link_splits(reader_.raw());
    return link ? kLinkTask : kNodeType;
  }

  void require_one_graph() const {
    if (spans_.graphs() == 1 && spans_.nodes() > 0) return;
    fail(ErrorCode::kBadData, reader_.raw().require("num-node-list").string(), ": has ", spans_.graphs(),
         " rows, one per graph, and ", spans_.nodes(), " nodes where a ", raw_.facts.task,
         " dataset is one graph with at least one node; graphs with labels have raw/", kGraphLabel,
         ".csv.gz");
  }

  void read_node_columns() {
    std::vector<ArraySource>& columns = raw_.tables[kNodeType].columns;
    for (const RawColumn& file : reader_.raw().node_columns())
      columns.push_back(reader_.column(file, nodes_));
    require_columns(spec_ != nullptr ? spec_->node_files : "", columns);
    if (const auto path = node_features()) columns.push_back(reader_.features({"node_feat", *path}, nodes_));
  }

  void read_edges() {
    RawRelation& relation = raw_.relations.front();
    const fs::path path = reader_.raw().require("edge");
    relation.edges = batched_edges(reader_, path, edges_, spans_);
    for (const RawColumn& file : reader_.raw().edge_columns())
      relation.columns.push_back(reader_.column(file, edges_));
    require_columns(spec_ != nullptr ? spec_->edge_files : "", relation.columns);
    if (const auto features = edge_features())
      relation.columns.push_back(reader_.features({"edge_feat", *features}, edges_));
  }

  void read_node_labels() {
    if (spec_ == nullptr && !reader_.raw().find(kNodeLabel)) {
      note_unlabelled(raw_.facts, reader_.raw().path().string() + ": has no raw/node-label.csv",
                      reader_.options());
      if (!reader_.raw().splits().empty()) take_splits(nodes_.rows, kNodeType, nullptr);
      return;
    }
    Labels labels = reader_.read_labels({"node_label", reader_.raw().require(kNodeLabel)}, nodes_);
    take_splits(nodes_.rows, kNodeType, &labels.column);
    take_labels(std::move(labels), kNodeType);
  }

  void read_graphs() {
    const RowCount graphs{spans_.graphs(), nodes_.said_by, "graphs"};
    raw_.tables[kGraphType].rows = graphs.rows;
    raw_.arrays.push_back(
        in_memory<std::int64_t>(kGraphOffsets, {graphs.rows + 1}, std::vector(spans_.node_starts)));
    const fs::path path = reader_.raw().require(kGraphLabel);
    if (spec_ != nullptr && spec_->metric == "F1") {
      for (ArraySource& array : read_token_labels(reader_, path, graphs))
        raw_.arrays.push_back(std::move(array));
      raw_.facts.num_tasks = spec_->num_tasks;
      raw_.facts.num_classes = spec_->num_classes;
      return take_splits(graphs.rows, kGraphType, nullptr);
    }
    Labels labels = reader_.read_labels({"graph_label", path}, graphs);
    take_splits(graphs.rows, kGraphType, &labels.column);
    take_labels(std::move(labels), kGraphType);
  }

  void take_labels(Labels labels, const char* type) {
    set_label_facts(raw_.facts, labels, spec_);
    raw_.tables[type].columns.push_back(in_memory(std::move(labels.column)));
  }

  void take_splits(std::int64_t count, const char* type, const Column* labels) {
    for (auto& [name, ids] : reader_.read_splits(count, type, labels))
      add_split(raw_, name, type, std::move(ids));
  }

  /// `wanted`: names with commas between them, of additional files that must be there.
  void require_columns(std::string_view wanted, const std::vector<ArraySource>& there) const {
    while (!wanted.empty()) {
      const std::string name(wanted.substr(0, wanted.find(',')));
      wanted.remove_prefix(std::min(wanted.size(), name.size() + 1));
      const auto same = [&](const ArraySource& array) { return array.name == name; };
      if (std::none_of(there.begin(), there.end(), same)) reader_.raw().require(name);
    }
  }

  std::optional<fs::path> node_features() const {
    if (reader_.options().without_features) return std::nullopt;
    if (spec_ == nullptr || !spec_->has_node_attr) return reader_.raw().find("node-feat");
    return reader_.raw().require("node-feat", "convert the rest with --without-features");
  }

  std::optional<fs::path> edge_features() const {
    if (spec_ == nullptr || !spec_->has_edge_attr) return reader_.raw().find("edge-feat");
    return reader_.raw().require("edge-feat");
  }

  const RawReader& reader_;
  const DatasetSpec* spec_;
  GraphSpans spans_;
  RowCount nodes_, edges_;
  RawDataset raw_;
};

}  // namespace

RawDataset read_homogeneous_csv(const RawReader& reader) { return HomogeneousCsv(reader).read(); }

}  // namespace weft::data
