#pragma once
// From a dataset's graph to the normalised operators that a recipe asks for, on the host.
#include <vector>

#include "data/dataset.hpp"
#include "data/graph.hpp"
#include "engine/config.hpp"
#include "models/graph_operator.hpp"

namespace weft::engine {

/// A~ and its transpose with their scales, over all nodes or over some rows.
struct HostOperator {
  data::HostCsr forward;         // A, [r, n]
  data::HostCsr backward;        // A^T, [n, r]; empty when A is symmetric: `forward` serves both ways
  std::vector<float> row_scale;  // [r]
  std::vector<float> col_scale;  // [n]
  bool symmetric = false;

  CsrView forward_view() const { return forward.view(); }
  CsrView backward_view() const { return symmetric ? forward.view() : backward.view(); }
  std::size_t bytes() const;
};

/// The graph made symmetric and given self-loops as `config` says, normalised by
///   "both"  out-degree^-1/2 on sources, in-degree^-1/2 on targets, degrees of 0 counted as 1 (DGL's
///   GraphConv) "gcn"   in-degree^-1/2 on both sides, 0 for a node without entries (PyTorch Geometric's
///   GCNConv).
HostOperator prepare_graph(const data::Dataset& dataset, const TrainConfig& config, int threads);

/// Its rows `rows`, ascending: what a loss on those rows needs of the last layer.
HostOperator restrict_rows(const HostOperator& all, Vec<const NodeId> rows, int threads);

}  // namespace weft::engine
