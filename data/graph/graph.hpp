#pragma once
// Graphs on the host: from edge lists to CSR and from one CSR to another. All results are the same bits at
// any thread count.
#include <cstdint>
#include <vector>

#include "kernels/base/view.hpp"

namespace weft::data {

/// A CSR that owns its arrays. Row = target node, columns ascending within a row.
struct HostCsr {
  NodeId num_rows = 0;
  NodeId num_cols = 0;
  std::vector<EdgeId> offsets;   // [num_rows + 1]
  std::vector<NodeId> cols;      // [e]
  std::vector<EdgeId> edge_ids;  // [e] or empty
  std::vector<float> weights;    // [e] or empty: every weight is 1

  CsrView view() const;
};

/// CSR [num_rows, num_cols] of the edges source[k] -> target[k], targets being rows; equal columns of a row
/// keep the edge order (stable). With `add_inverse`, edge k becomes edges 2k (as stored) and 2k + 1
/// (reversed), OGB's order. Edge ids are kept. Ids must be in range: the readers have checked them. Scratch:
/// 8 bytes per edge. Errors: kInvalidArgument for lengths that differ, and for inverse edges of a graph that
/// is not square.
HostCsr csr_from_edges(Vec<const NodeId> source, Vec<const NodeId> target, NodeId num_rows, NodeId num_cols,
                       bool add_inverse, int threads);

/// An edge on its way into a CSR.
struct NumberedEdge {
  NodeId row;
  NodeId col;
  EdgeId id;
};

/// CSR of edges that carry their ids, which ascend: what csr_from_edges makes of some of a graph's rows. Rows
/// and columns must be in range.
HostCsr csr_from_numbered(Vec<const NumberedEdge> edges, NodeId num_rows, NodeId num_cols, int threads);

/// The transposed matrix; edge ids and weights travel along when there are any.
HostCsr transpose(const CsrView& a, int threads);

/// Union of A and its transpose, every pair once; existing self-loops stay, once. Weights of what falls
/// together are summed, so that A + A^T is what comes out (torch-sparse's to_symmetric). No edge ids. Errors:
/// kInvalidArgument unless A is square.
HostCsr symmetrize(const CsrView& a, int threads);

/// What symmetrize() makes of csr_from_edges() of the same edges between `num_nodes` nodes, in less memory:
/// scratch is 12 bytes per edge, what is returned holds 8 per edge or less. Ids must be in range. Errors:
/// kInvalidArgument for lengths that differ and for edges without nodes.
HostCsr symmetric_from_edges(Vec<const NodeId> source, Vec<const NodeId> target, NodeId num_nodes,
                             int threads);

/// A with exactly one self-loop per node, of weight 1: existing ones are removed first (PyTorch Geometric's
/// GCNConv on a SparseTensor). Repeated other edges stay. No edge ids. Errors: kInvalidArgument unless A is
/// square.
HostCsr with_self_loops(const CsrView& a, int threads);

/// Rows `rows` of A, in that order: [rows.size, a.num_cols]. No edge ids. Errors: kInvalidArgument for a row
/// that A does not have.
HostCsr select_rows(const CsrView& a, Vec<const NodeId> rows, int threads);

/// Whether A equals its transpose as a pattern, counting repeated edges.
bool is_symmetric(const CsrView& a, int threads);

/// Sums of the weights of A's rows, [num_rows].
std::vector<double> row_sums(const CsrView& a);

/// Entries per row (in-degree, as rows are targets), and per column (out-degree).
std::vector<EdgeId> row_counts(const CsrView& a);
std::vector<EdgeId> column_counts(const CsrView& a, int threads);

}  // namespace weft::data
