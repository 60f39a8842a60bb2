#pragma once
#include "kernels/ops/checks.hpp"

namespace weft {

/// y += A^T x: the gradient of a weight behind a sparse input.
/// a [n, c] CSR, weights used when present;  x [n, h];  y [c, h].
/// transposed [c, n]: A^T, whose edge_ids name the entries of `a` that have its weights. Its arrays may be
/// missing where the backend's takes_transposed() is false.
template <class M>
struct SpmmTnT {
  CsrView a, transposed;
  In<M> x;
  M y;

  static constexpr const char* kName = "spmm_tn";
  template <class N, class At>
  SpmmTnT<N> as(At&& at) const {
    return {at.in(a), at.in(transposed), at.in(x), at.inout(y)};
  }
  bool empty() const { return a.num_edges == 0 || a.num_cols == 0 || x.cols == 0; }
  void check(const Backend& backend) const {
    check_csr(kName, a);
    check_matrix(kName, "x", x);
    check_matrix(kName, "y", y);
    WEFT_CHECK(a.num_rows == x.rows, kName, ": A is ", shape(a), " but x is ", shape(x));
    WEFT_CHECK(y.rows == a.num_cols && y.cols == x.cols, kName, ": y is ", shape(y), " but A^T x is ",
               Shape{a.num_cols, x.cols});
    check_distinct(kName, "y", y, "x", x);
    if (!empty()) check_transposed(backend, kName, a, transposed);
  }
};
using SpmmTn = SpmmTnT<Mat>;

}  // namespace weft
