#include "engine/input/targets.hpp"

#include <algorithm>

#include "data/values.hpp"

namespace weft::engine {
namespace {

constexpr std::uint8_t kNoPart = 255;

/// Labels of all nodes, -1 where there is none (NaN). The cache has checked that the others are classes.
std::vector<std::int32_t> classes_of(const data::Array& array) {
  std::vector<std::int32_t> labels(static_cast<std::size_t>(array.count()), -1);
  data::visit_values(array, [&](const auto* values) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto label = data::widened<double>(values[i]);
      if (!data::is_nan(label)) labels[i] = static_cast<std::int32_t>(label);
    }
  });
  return labels;
}

}  // namespace

std::vector<std::int32_t> Targets::train_labels() const {
  std::vector<std::int32_t> chosen;
  chosen.reserve(train_rows.size());
  for (const NodeId row : train_rows) chosen.push_back(labels[static_cast<std::size_t>(row)]);
  return chosen;
}

Targets read_labels(const data::Dataset& dataset) {
  Targets targets;
  const auto& columns = dataset.nodes().columns;
  const auto found = columns.find("node_label");
  targets.labels.assign(static_cast<std::size_t>(dataset.nodes().rows), -1);
  targets.parts.assign(targets.labels.size(), kNoPart);
  // Else labels are other numbers, which nothing scores.
  const bool classes = dataset.facts.task == data::kNodeType && dataset.facts.num_classes > 0;
  if (classes && found != columns.end() && found->second.cols() == 1)
    targets.labels = classes_of(found->second);
  return targets;
}

void add_split(Targets& targets, const data::Dataset& dataset, const data::Split& split,
               std::int64_t num_classes) {
  for (const data::Part part : data::kParts) {
    const auto ids = split[part].find(data::kNodeType);
    if (ids == split[part].end()) continue;  // of graphs or edges, which node labels do not score
    for (const std::int64_t node : ids->second.as<std::int64_t>()) {
      const auto at = static_cast<std::size_t>(node);
      if (targets.labels[at] < 0) continue;
      if (targets.labels[at] >= num_classes) {
        fail(ErrorCode::kBadData, dataset.facts.name, ": node ", dataset.original_id(node), " has label ",
             targets.labels[at], " where the model has ", num_classes, " classes");
      }
      targets.parts[at] = static_cast<std::uint8_t>(part);
      ++targets.totals[static_cast<std::size_t>(part)];
      if (part == data::Part::kTrain) targets.train_rows.push_back(static_cast<NodeId>(node));
    }
  }
  std::sort(targets.train_rows.begin(), targets.train_rows.end());
}

}  // namespace weft::engine
