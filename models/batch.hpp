#pragma once
// What a model works on in one program. Device memory; views must outlive the plan.
#include <vector>

#include "models/graph_operator.hpp"
#include "models/sparse_input.hpp"

namespace weft::models {

struct Batch {
  /// [n, c], external or made by setup; not valid where the features are sparse.
  Tensor features;
  /// Whether the features are the same matrix in every step and in every program.
  bool constant_features = true;
  /// The operator of each layer: over all nodes [n, n], or restricted to the rows that a later layer reads.
  /// Empty for models that use no graph.
  std::vector<const GraphOperator*> graphs = {};
  /// [r] output rows, ascending; empty: all nodes.
  Vec<const NodeId> rows = {};
  /// What dropout counts rows by: original ids of all nodes [n] where there is a graph, of `rows` [r] where
  /// there is none. Empty: a node's row is its id.
  Vec<const NodeId> original_ids = {};
  /// [n, c] instead of `features`, for models that take them.
  const SparseMatrix* sparse_features = nullptr;
};

/// Operators for `layers` layers of which the last computes the output rows only.
inline std::vector<const GraphOperator*> layer_graphs(int layers, const GraphOperator& all,
                                                      const GraphOperator& output) {
  std::vector<const GraphOperator*> graphs(static_cast<std::size_t>(layers), &all);
  graphs.back() = &output;
  return graphs;
}

}  // namespace weft::models
