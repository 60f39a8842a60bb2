// DatasetInfo as JSON.
#include <nlohmann/json.hpp>

#include "data/base/json_text.hpp"
#include "engine/include/weft/weft.hpp"

namespace weft {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

template <class T, class Describe>
Json list(const std::vector<T>& items, Describe describe) {
  Json all = Json::array();
  for (const T& item : items) all.push_back(describe(item));
  return all;
}

template <class T>
Json by_part(const std::array<T, 3>& parts) {
  return {{"train", parts[0]}, {"valid", parts[1]}, {"test", parts[2]}};
}

Json degrees(const Degrees& d) { return {{"min", d.min}, {"mean", d.mean}, {"max", d.max}}; }

Json node_type(const NodeTypeInfo& t) {
  return {{"name", t.name},
          {"count", t.count},
          {"feature_columns", t.feature_columns},
          {"feature_type", t.feature_type},
          {"sparse_values", optional(t.sparse_values)},
          {"columns", t.columns}};
}

Json weights(const std::optional<WeightInfo>& w) {
  return w ? Json{{"min", w->min}, {"mean", w->mean}, {"max", w->max}} : Json();
}

Json relation(const RelationInfo& r) {
  return {{"source", r.source},
          {"name", r.name},
          {"target", r.target},
          {"num_edges", r.num_edges},
          {"in_degree", degrees(r.in_degree)},
          {"out_degree", degrees(r.out_degree)},
          {"columns", r.columns},
          {"weights", weights(r.weights)}};
}

/// By class; JSON's keys are texts.
Json class_counts(const LabelInfo& l) {
  Json counts = Json::object();
  for (const auto& [label, count] : l.class_counts) counts[std::to_string(label)] = count;
  return counts;
}

Json label(const LabelInfo& l) {
  return {{"of", l.of},
          {"num_tasks", l.num_tasks},
          {"min", l.min},
          {"max", l.max},
          {"mean", l.mean},
          {"std", optional(l.std)},
          {"unlabelled", l.unlabelled},
          {"missing", l.missing},
          {"class_counts", class_counts(l)}};
}

Json split(const SplitInfo& s) {
  Json json = by_part(s.sizes);
  json["negatives"] = by_part(s.negatives);
  json["arrays"] = by_part(s.arrays);
  return json;
}

}  // namespace

std::string to_json(const DatasetInfo& d) {
  Json splits = Json::object();
  for (const SplitInfo& one : d.splits) splits[one.name] = split(one);
  Json tokens;
  if (d.tokens) tokens = {{"vocabulary", d.tokens->vocabulary}, {"per_graph", degrees(d.tokens->per_graph)}};
  return data::json_text(Json{{"name", d.name},
                              {"task", d.task},
                              {"task_type", d.task_type},
                              {"metric", d.metric},
                              {"num_tasks", d.num_tasks},
                              {"num_classes", d.num_classes},
                              {"num_graphs", d.num_graphs},
                              {"num_nodes", d.num_nodes},
                              {"num_edges", d.num_edges},
                              {"add_inverse_edge", d.add_inverse_edge},
                              {"nodes_per_graph", degrees(d.nodes_per_graph)},
                              {"edges_per_graph", degrees(d.edges_per_graph)},
                              {"node_types", list(d.node_types, node_type)},
                              {"relations", list(d.relations, relation)},
                              {"node_order", d.node_order},
                              {"isolated_nodes", d.isolated_nodes},
                              {"self_loops", d.self_loops},
                              {"homophily", optional(d.homophily)},
                              {"labels", list(d.labels, label)},
                              {"tokens", tokens},
                              {"default_split", d.default_split},
                              {"splits", splits},
                              {"cache", d.cache.string()},
                              {"cache_bytes", d.cache_bytes},
                              {"recipe", d.recipe},
                              {"uses_edge_weights", d.uses_edge_weights},
                              {"training_bytes", optional(d.training_bytes)},
                              {"why_not_trainable", d.why_not_trainable}},
                         2);
}

}  // namespace weft
