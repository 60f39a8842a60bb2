#pragma once
// A batch norm behind a product whose input never changes. With S = sum_i (x_i - mean(x)) (x_i - mean(x))^T
// known, the statistics of y = x w + bias and the gradient of w through the batch norm need no pass over the
// n rows of y.
#include "kernels/ops/activation.hpp"
#include "kernels/ops/checks.hpp"
#include "kernels/ops/options.hpp"

namespace weft {

/// Moments of the columns of y: sum_y = sum_x w + n bias, m2_y[j] = w[:, j]^T S w[:, j].
/// x moments of c columns;  w [c, h];  sw [c, h] = S w;  bias [h] or empty;  y moments of h columns.
template <class M>
struct ProductMomentsT {
  Moments x;
  In<M> w, sw;
  Vec<const float> bias;
  Moments y;

  static constexpr const char* kName = "product_moments";
  template <class N, class At>
  ProductMomentsT<N> as(At&& at) const {
    return {at.in(x), at.in(w), at.in(sw), at.in(bias), at.out(y)};
  }
  bool empty() const { return is_empty(w); }
  void check(const Backend&) const {
    check_matrix(kName, "w", w);
    check_matrix(kName, "sw", sw);
    check_same_shape(kName, "sw", sw, "w", w);
    check_moments(kName, x, w.rows);
    check_moments(kName, y, w.cols);
    check_optional(kName, "bias", bias, w.cols, "the number of columns of w");
  }
};
using ProductMoments = ProductMomentsT<Mat>;

/// dw += x^T dy, where dy = gamma rstd (g - mean(g) - xhat mean(g xhat)) and xhat = norm(x w + bias):
///   dw[k, j] += gamma[j] rstd[j] (xg[k, j] - (sum_x[k] sum_g[j] + sw[k, j] rstd[j] sum_gxhat[j]) / n).
/// xg [c, h] = x^T g;  sw [c, h] = S w;  x moments of c columns;  sums [2 h] of ActivateBackwardMasks.
template <class M>
struct ProductGradientT {
  In<M> xg, sw;
  Moments x;
  Normalization norm;
  Vec<const float> sums;
  M dw;

  static constexpr const char* kName = "product_gradient";
  template <class N, class At>
  ProductGradientT<N> as(At&& at) const {
    return {at.in(xg), at.in(sw), at.in(x), at.in(norm), at.in(sums), at.inout(dw)};
  }
  bool empty() const { return is_empty(xg); }
  void check(const Backend&) const {
    check_matrix(kName, "xg", xg);
    check_matrix(kName, "sw", sw);
    check_matrix(kName, "dw", dw);
    check_same_shape(kName, "sw", sw, "xg", xg);
    check_same_shape(kName, "dw", dw, "xg", xg);
    check_moments(kName, x, xg.rows);
    check_size(kName, "norm.rstd", norm.rstd, xg.cols, "the number of columns");
    check_size(kName, "norm.gamma", norm.gamma, xg.cols, "the number of columns");
    check_size(kName, "sums", sums, 2 * xg.cols, "twice the number of columns");
  }
};
using ProductGradient = ProductGradientT<Mat>;

}  // namespace weft
