#include "engine/report/dataset_report.hpp"

#include <algorithm>

#include "data/graph/edge_weights.hpp"
#include "data/graph/graph.hpp"
#include "data/values.hpp"
#include "engine/report/label_report.hpp"

namespace weft::engine {
namespace {

using data::Array;
using data::Arrays;

constexpr const char* kFeatures = "node_feat";
constexpr const char* kLabels[] = {"node_label", "graph_label"};

Degrees degrees(const std::vector<EdgeId>& counts) {
  if (counts.empty()) return {};
  const auto [low, high] = std::minmax_element(counts.begin(), counts.end());
  std::int64_t sum = 0;
  for (const EdgeId count : counts) sum += count;
  return {*low, static_cast<double>(sum) / static_cast<double>(counts.size()), *high};
}

std::vector<std::string> names_besides(const Arrays& arrays, const std::vector<std::string>& left_out) {
  std::vector<std::string> names;
  for (const auto& [name, unused] : arrays) {
    if (std::find(left_out.begin(), left_out.end(), name) == left_out.end()) names.push_back(name);
  }
  return names;
}

NodeTypeInfo describe_type(const std::string& name, const data::Table& table) {
  NodeTypeInfo info;
  info.name = name;
  info.count = table.rows;
  info.columns = names_besides(table.columns, {kFeatures, kLabels[0], kLabels[1]});
  if (const auto features = table.columns.find(kFeatures); features != table.columns.end()) {
    info.feature_columns = features->second.cols();
    info.feature_type = dtype_name(features->second.dtype);
  }
  return info;
}

/// Which nodes of a type are in some edge.
using Touched = std::map<std::string, std::vector<std::uint8_t>>;

void mark(const std::vector<EdgeId>& counts, std::vector<std::uint8_t>& touched) {
  touched.resize(std::max(touched.size(), counts.size()), 0);
  for (std::size_t node = 0; node < counts.size(); ++node) touched[node] |= counts[node] != 0;
}

std::optional<WeightInfo> weights_of(const data::Relation& relation) {
  const Array* const column = data::weight_column(relation);
  if (column == nullptr || column->rows() == 0) return std::nullopt;
  return data::visit_values(*column, [&](const auto* values) {
    const auto weight = [&](std::int64_t row) { return data::widened<double>(values[row]); };
    WeightInfo info{weight(0), 0.0, weight(0)};
    for (std::int64_t row = 0; row < column->rows(); ++row) {
      info.min = std::min(info.min, weight(row));
      info.max = std::max(info.max, weight(row));
      info.mean += weight(row);
    }
    info.mean /= static_cast<double>(column->rows());
    return info;
  });
}

RelationInfo describe_relation(const data::Relation& relation, int threads, Touched& touched) {
  const CsrView& csr = relation.csr;
  const std::vector<EdgeId> in = data::row_counts(csr);
  const std::vector<EdgeId> out = data::column_counts(csr, threads);
  mark(in, touched[relation.target]);
  mark(out, touched[relation.source]);
  return {relation.source,
          relation.name,
          relation.target,
          csr.num_edges,
          degrees(in),
          degrees(out),
          names_besides(relation.edge_columns, {}),
          weights_of(relation)};
}

std::int64_t count_self_loops(const CsrView& csr) {
  std::int64_t loops = 0;
  for (NodeId row = 0; row < csr.num_rows; ++row) {
    for (EdgeId e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) loops += csr.cols[e] == row;
  }
  return loops;
}

void describe_edges(const data::Dataset& dataset, int threads, DatasetInfo& info) {
  Touched touched;
  for (const data::Relation& relation : dataset.relations) {
    info.relations.push_back(describe_relation(relation, threads, touched));
    info.num_edges += relation.csr.num_edges;
    if (relation.source == relation.target) info.self_loops += count_self_loops(relation.csr);
  }
  for (const NodeTypeInfo& type : info.node_types) {
    const std::vector<std::uint8_t>& nodes = touched[type.name];
    if (type.name != data::kGraphType)
      info.isolated_nodes += type.count - std::count(nodes.begin(), nodes.end(), 1);
  }
}

void describe_graphs(const data::Dataset& dataset, DatasetInfo& info) {
  const Vec<const std::int64_t> starts = dataset.graph_offsets();
  if (starts.empty()) return;
  const EdgeId* edges = dataset.edges().csr.offsets;
  info.num_graphs = starts.size - 1;
  std::vector<std::int64_t> nodes_of, edges_of;
  for (std::int64_t g = 0; g < info.num_graphs; ++g) {
    nodes_of.push_back(starts[g + 1] - starts[g]);
    edges_of.push_back(edges[starts[g + 1]] - edges[starts[g]]);
  }
  info.nodes_per_graph = degrees(nodes_of);
  info.edges_per_graph = degrees(edges_of);
}

void describe_sparse_features(const data::Dataset& dataset, DatasetInfo& info) {
  const std::optional<CsrView> features = dataset.sparse_features();
  if (!features) return;
  for (NodeTypeInfo& type : info.node_types) {
    if (type.name != data::kNodeType) continue;
    type.feature_columns = features->num_cols;
    type.feature_type = dtype_name(DType::kF32);
    type.sparse_values = features->num_edges;
  }
}

void describe_all_labels(const data::Dataset& dataset, DatasetInfo& info) {
  for (const auto& [type, table] : dataset.tables) {
    for (const char* name : kLabels) {
      const auto found = table.columns.find(name);
      if (found == table.columns.end()) continue;
      info.labels.push_back(describe_labels(type, found->second, dataset.facts.num_classes));
      for (const data::Relation& relation : dataset.relations) {
        if (relation.source == type && relation.target == type && !info.homophily)
          info.homophily = homophily(relation.csr, found->second);
      }
    }
  }
}

void describe_tokens(const data::Dataset& dataset, DatasetInfo& info) {
  const auto offsets = dataset.arrays.find(data::kLabelOffsets);
  if (offsets == dataset.arrays.end()) return;
  const Vec<const std::int64_t> starts = offsets->second.as<std::int64_t>();
  std::vector<std::int64_t> lengths;
  for (std::int64_t g = 0; g + 1 < starts.size; ++g) lengths.push_back(starts[g + 1] - starts[g]);
  const auto letters = dataset.arrays.at(data::kLabelVocabulary).as<std::uint8_t>();
  info.tokens = {std::count(letters.begin(), letters.end(), '\n'), degrees(lengths)};
}

bool is_negative(const std::string& array) { return array.ends_with("_neg"); }

SplitInfo describe_split(const std::string& name, const data::Split& split) {
  SplitInfo info;
  info.name = name;
  for (const data::Part part : data::kParts) {
    const auto at = static_cast<std::size_t>(part);
    for (const auto& [key, array] : split[part]) {
      info.arrays[at][key] = array.shape;
      if (key == "edge_neg") {
        info.negatives[at] += array.rows();
      } else if (is_negative(key)) {
        info.negatives[at] += array.count();
      }
    }
    // Of a link split every array but the negatives has a row per positive; of a node split each is a node
    // type.
    const bool link =
        split[part].count("edge") + split[part].count("source_node") + split[part].count("head") > 0;
    for (const auto& [key, array] : split[part]) {
      if (is_negative(key)) continue;
      info.sizes[at] = link ? array.rows() : info.sizes[at] + array.rows();
    }
  }
  return info;
}

}  // namespace

DatasetInfo describe(const data::Dataset& dataset, int threads) {
  DatasetInfo info;
  info.name = dataset.facts.name;
  info.task = dataset.facts.task;
  info.task_type = dataset.facts.task_type;
  info.metric = dataset.facts.metric;
  info.num_tasks = dataset.facts.num_tasks;
  info.num_classes = dataset.facts.num_classes;
  info.add_inverse_edge = dataset.facts.add_inverse_edge;
  info.node_order = dataset.facts.node_order;
  info.default_split = dataset.facts.default_split;
  for (const auto& [type, table] : dataset.tables) {
    info.node_types.push_back(describe_type(type, table));
    if (type != data::kGraphType) info.num_nodes += table.rows;
  }
  describe_edges(dataset, threads, info);
  describe_graphs(dataset, info);
  describe_sparse_features(dataset, info);
  describe_all_labels(dataset, info);
  describe_tokens(dataset, info);
  for (const auto& [name, split] : dataset.splits) info.splits.push_back(describe_split(name, split));
  return info;
}

}  // namespace weft::engine
