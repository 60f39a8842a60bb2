#include "data/dataset.hpp"

namespace weft::data {

std::int64_t Array::cols() const {
  std::int64_t product = 1;
  for (std::size_t d = 1; d < shape.size(); ++d) product *= shape[d];
  return product;
}

const char* part_name(Part part) {
  constexpr const char* kNames[] = {"train", "valid", "test"};
  return kNames[static_cast<std::size_t>(part)];
}

Vec<const std::int64_t> Dataset::graph_offsets() const {
  const auto found = arrays.find(kGraphOffsets);
  if (found == arrays.end()) return {};
  return found->second.as<std::int64_t>();
}

Vec<const NodeId> Dataset::node_order() const {
  const auto found = arrays.find(kNodeOrder);
  if (found == arrays.end()) return {};
  return found->second.as<NodeId>();
}

std::int64_t Dataset::original_id(std::int64_t row) const {
  const Vec<const NodeId> order = node_order();
  return order.empty() ? row : order[row];
}

std::optional<CsrView> Dataset::sparse_features() const {
  const auto offsets = arrays.find(kFeatureOffsets);
  if (offsets == arrays.end()) return std::nullopt;
  CsrView features;
  features.num_rows = static_cast<NodeId>(offsets->second.rows() - 1);
  features.num_cols = static_cast<NodeId>(facts.sparse_columns);
  features.offsets = offsets->second.as<EdgeId>().data;
  features.cols = arrays.at(kFeatureColumns).as<NodeId>().data;
  features.weights = arrays.at(kFeatureValues).as<float>().data;
  features.num_edges = features.offsets[features.num_rows];
  return features;
}

const Table& Dataset::nodes() const {
  const std::size_t types = tables.size() - tables.count(kGraphType);
  const auto found = tables.find(kNodeType);
  if (types != 1 || found == tables.end()) {
    fail(ErrorCode::kUnsupported, facts.name, ": has ", types, " node types where one is wanted");
  }
  return found->second;
}

const Relation& Dataset::edges() const {
  if (relations.size() != 1) {
    fail(ErrorCode::kUnsupported, facts.name, ": has ", relations.size(), " relations where one is wanted");
  }
  return relations.front();
}

const Split& Dataset::split(const std::string& name) const {
  const std::string& wanted = name.empty() ? facts.default_split : name;
  const auto found = splits.find(wanted);
  if (found != splits.end()) return found->second;
  if (splits.empty()) {
    fail(ErrorCode::kNotFound, facts.name,
         ": has no split; convert it again with `--splits FILE.npz`, a file with the "
         "arrays train, valid and test");
  }
  std::string known;
  for (const auto& [other, unused] : splits) known += (known.empty() ? "" : ", ") + other;
  fail(ErrorCode::kNotFound, facts.name, ": no split '", wanted, "'; choose one of: ", known);
}

}  // namespace weft::data
