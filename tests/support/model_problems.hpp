#pragma once
// A problem small enough to look at.
#include "tests/support/model_run.hpp"

namespace weft::testing {

/// Three layers over a directed path with self-loops, 8 hidden channels, 4 classes; every second node trains.
inline ModelProblem layered_problem(const char* model, std::int64_t channels, NodeId n) {
  ModelProblem p;
  p.options.kind = model;
  p.options.layers = 3;
  p.options.in = channels;
  p.options.hidden = 8;
  p.options.out = 4;
  std::vector<std::vector<NodeId>> rows(static_cast<std::size_t>(n));
  for (NodeId row = 0; row < n; ++row) {
    if (row > 0) rows[static_cast<std::size_t>(row)].push_back(row - 1);
    rows[static_cast<std::size_t>(row)].push_back(row);
    p.labels.push_back(row % 4);
  }
  p.graph = graph_from_rows(rows, n);
  p.row_scale.assign(static_cast<std::size_t>(n), 1.0f);
  p.col_scale = p.row_scale;
  for (std::int64_t k = 0; k < n * channels; ++k) p.features.push_back(static_cast<float>(k * k % 7));
  for (NodeId row = 0; row < n; row += 2) p.train.push_back(row);
  return p;
}

}  // namespace weft::testing
