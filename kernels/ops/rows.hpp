#pragma once
// Rows moved whole.
#include "kernels/ops/checks.hpp"

namespace weft {

/// y = x in the type of y, rounded to nearest even.  x, y [n, c] or bf16.
template <class M>
struct ConvertT {
  In<M> x;
  M y;

  static constexpr const char* kName = "convert";
  template <class N, class At>
  ConvertT<N> as(At&& at) const {
    return {at.in(x), at.out(y)};
  }
  bool empty() const { return is_empty(x); }
  void check(const Backend& backend) const {
    check_stored(backend, kName, "x", x);
    check_stored(backend, kName, "y", y);
    check_same_shape(kName, "y", y, "x", x);
    check_distinct(kName, "y", y, "x", x);
  }
};
using Convert = ConvertT<Mat>;

inline void check_moved(const char* op, const ConstMat& x, const ConstMat& y) {
  check_matrix(op, "x", x);
  check_matrix(op, "y", y);
  WEFT_CHECK(x.cols == y.cols, op, ": x is ", shape(x), " but y is ", shape(y),
             "; they need as many columns");
  check_distinct(op, "y", y, "x", x);
}

/// y[i, :] = x[rows[i], :].  rows [r], each in [0, x.rows);  y [r, c].
template <class M>
struct GatherRowsT {
  In<M> x;
  Vec<const NodeId> rows;
  M y;

  static constexpr const char* kName = "gather_rows";
  template <class N, class At>
  GatherRowsT<N> as(At&& at) const {
    return {at.in(x), at.in(rows), at.out(y)};
  }
  bool empty() const { return is_empty(y); }
  void check(const Backend&) const {
    check_moved(kName, x, y);
    check_size(kName, "rows", rows, y.rows, "the number of rows of y");
    WEFT_CHECK(x.rows > 0 || is_empty(y), kName, ": ", rows.size, " rows are asked of an x without rows");
  }
};
using GatherRows = GatherRowsT<Mat>;

/// y[rows[i], :] = x[i, :]; the other rows of y keep what they have.
/// x [r, c];  rows [r], each in [0, y.rows) and no two alike;  y [n, c].
template <class M>
struct ScatterRowsT {
  In<M> x;
  Vec<const NodeId> rows;
  M y;

  static constexpr const char* kName = "scatter_rows";
  template <class N, class At>
  ScatterRowsT<N> as(At&& at) const {
    return {at.in(x), at.in(rows), at.inout(y)};
  }
  bool empty() const { return is_empty(x); }
  void check(const Backend&) const {
    check_moved(kName, x, y);
    check_size(kName, "rows", rows, x.rows, "the number of rows of x");
    WEFT_CHECK(x.rows <= y.rows, kName, ": x is ", shape(x), " but y is ", shape(y),
               "; distinct rows of y cannot take them");
  }
};
using ScatterRows = ScatterRowsT<Mat>;

}  // namespace weft
