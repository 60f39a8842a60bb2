#include "engine/targets.hpp"

#include <algorithm>

namespace weft::engine {
namespace {

constexpr std::uint8_t kNoPart = 255;

template <class T>
std::vector<std::int32_t> classes_of(const data::Array& array) {
  std::vector<std::int32_t> labels;
  labels.reserve(static_cast<std::size_t>(array.count()));
  for (const T value : array.as<T>())
    labels.push_back(value == value ? static_cast<std::int32_t>(value) : -1);
  return labels;
}

// Labels of all nodes, -1 where there is none (NaN).
std::vector<std::int32_t> integer_labels(const data::Array& array) {
  return array.dtype == DType::kI64 ? classes_of<std::int64_t>(array) : classes_of<float>(array);
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
  if (found != columns.end() && found->second.cols() == 1) targets.labels = integer_labels(found->second);
  return targets;
}

void add_split(Targets& targets, const data::Dataset& dataset, const data::Split& split,
               std::int64_t num_classes) {
  for (const data::Part part : data::kParts) {
    for (const std::int64_t node : split[part].at("node").as<std::int64_t>()) {
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
