#pragma once
// From a dataset's graph to the normalised operators that a recipe asks for, on the host.
#include <vector>

#include "data/dataset.hpp"
#include "data/graph/graph.hpp"
#include "engine/config/option_groups.hpp"
#include "models/graph_operator.hpp"

namespace weft::engine {

/// Who transposes: the host, where its result is used as it is, or the device, which saves the upload. The
/// host always transposes a graph with weights, because a device transposes patterns only.
enum class TransposeBy : std::uint8_t { kHost, kDevice };

/// A~ and its transpose with their scales, over all nodes or over some rows.
struct HostOperator {
  data::HostCsr forward;         // A, [r, n]
  data::HostCsr backward;        // A^T, [n, r]; empty when A is symmetric or the device makes it
  std::vector<float> row_scale;  // [r]
  std::vector<float> col_scale;  // [n]
  bool symmetric = false;        // `forward` serves both ways
  EdgeId longest_row = 0;        // edges of A's longest row
  EdgeId longest_column = 0;     // and of A^T's
  NodeId rows_without_edges = 0;

  CsrView forward_view() const;
  /// Without arrays when the device makes them.
  CsrView backward_view() const;
  std::size_t bytes() const;
};

/// Whether a graph convolution on the dataset multiplies by its weights.
bool uses_edge_weights(const data::Dataset& dataset, const GraphOptions& options);

/// The graph made symmetric and given self-loops as `options` say, normalised by
///   "both"  out-degree^-1/2 on sources, in-degree^-1/2 on targets, degrees of 0 counted as 1 (DGL's
///           GraphConv); degrees count edges, whatever they weigh
///   "gcn"   in-degree^-1/2 on both sides, 0 for a degree of 0 (PyTorch Geometric's GCNConv); degrees are
///           sums of weights
///   "mean"  1 / in-degree on targets, 0 for a degree of 0: without weights the mean of the neighbours
///           (GraphSAGE); degrees count edges, whatever they weigh.
/// Errors: kBadData for a weight that is not finite; kUnsupported for "gcn", naming a node whose degree is
/// negative.
HostOperator prepare_graph(const data::Dataset& dataset, const GraphOptions& options, int threads,
                           TransposeBy transposer = TransposeBy::kHost);

/// Its rows `rows`, ascending: what a loss on those rows needs of the last layer.
HostOperator restrict_rows(const HostOperator& all, Vec<const NodeId> rows, int threads,
                           TransposeBy transposer = TransposeBy::kHost);

}  // namespace weft::engine
