#pragma once
// Features that are kept sparse, as the first layer sees them.
#include "kernels/base/view.hpp"
#include "models/plan.hpp"

namespace weft::models {

/// X where a backend can use it. A plan is recorded against its sizes; where its memory lies is read when a
/// program runs.
struct SparseMatrix {
  CsrView matrix;      // X, [n, c], with its values as weights
  CsrView transposed;  // X^T, its edge_ids being entries of X; without arrays where the backend takes none
};

/// One program's input: X, or what dropout has left of its values.
struct SparseInput {
  const SparseMatrix* matrix = nullptr;  // null: the input is dense
  Tensor values = {};                    // [1, entries], or invalid: those of the matrix

  bool given() const { return matrix != nullptr; }
  CsrView in(const Execution& run) const {
    CsrView view = matrix->matrix;
    if (values.valid()) view.weights = run.mat(values).f32();
    return view;
  }
};

}  // namespace weft::models
