#pragma once
// What a model is to predict: labels of all nodes, and which part of the split each is in. Host memory.
#include <array>
#include <vector>

#include "data/dataset.hpp"
#include "kernels/backend.hpp"

namespace weft::engine {

struct Targets {
  std::vector<std::int32_t> labels;  // [n], -1 without
  std::vector<std::uint8_t> parts;   // [n], 0 train, 1 valid, 2 test, anything else: in no part
  std::vector<NodeId> train_rows;    // ascending
  std::array<std::int64_t, kSplitParts> totals{};

  /// Labels of the training rows, in their order.
  std::vector<std::int32_t> train_labels() const;
};

/// Labels without a split.
Targets read_labels(const data::Dataset& dataset);

/// Adds a split's labelled nodes. Errors: kBadData for a label that is no class.
void add_split(Targets& targets, const data::Dataset& dataset, const data::Split& split,
               std::int64_t num_classes);

}  // namespace weft::engine
