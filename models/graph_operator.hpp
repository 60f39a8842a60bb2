#pragma once
// The normalised adjacency matrix as a layer sees it.
#include "kernels/base/view.hpp"

namespace weft::models {

/// A~ = diag(row_scale) A diag(col_scale), with its transpose at hand for the backward pass. On a symmetric
/// graph both views are one matrix. [r, n]: r may be a subset of the nodes (rows that reach the loss). A plan
/// is recorded against its sizes; where its memory lies is read when a program runs.
struct GraphOperator {
  CsrView forward;             // A, [r, n]
  CsrView backward;            // A^T, [n, r]
  Vec<const float> row_scale;  // [r]
  Vec<const float> col_scale;  // [n]
  Vec<const NodeId> rows;      // [r] the node of each row, no two alike; empty: row i is node i
};

}  // namespace weft::models
