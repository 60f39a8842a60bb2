#pragma once
// Dense products. The factors a and b may both be bf16, and c too where a product overwrites it or adds to it
// by beta.
//
// beta is 0 or 1: with 0 c is overwritten and may hold anything; with 1 the product, with its bias, is
// rounded to float32 and then added to what c holds, which is rounded once more.
#include "kernels/ops/checks.hpp"

namespace weft {

/// c = a b + bias + beta c.
/// a [n, c], b [c, h], bias [h] or empty, rounded to the type of c before it is added;  c [n, h].
template <class M>
struct GemmT {
  In<M> a, b;
  M c;
  Vec<const float> bias = {};
  float beta = 0.0f;

  static constexpr const char* kName = "gemm";
  template <class N, class At>
  GemmT<N> as(At&& at) const {
    return {at.in(a), at.in(b), updated(at, c, beta), at.in(bias), beta};
  }
  bool empty() const { return is_empty(c); }
  void check(const Backend& backend) const {
    check_product(backend, kName, a, b, c, false);
    check_optional(kName, "bias", bias, b.cols, "the number of columns of b");
    check_beta(kName, beta);
  }
};
using Gemm = GemmT<Mat>;

/// c += a^T b: the gradient of a weight.  a [n, c], b [n, h], c [c, h].
template <class M>
struct GemmTnT {
  In<M> a, b;
  M c;

  static constexpr const char* kName = "gemm_tn";
  template <class N, class At>
  GemmTnT<N> as(At&& at) const {
    return {at.in(a), at.in(b), at.inout(c)};
  }
  bool empty() const { return is_empty(a) || is_empty(b); }
  void check(const Backend& backend) const { check_transposed_product(backend, kName, a, b, c); }
};
using GemmTn = GemmTnT<Mat>;

/// c = a b^T + beta c: the gradient of a layer's input.  a [n, h], b [c, h], c [n, c].
template <class M>
struct GemmNtT {
  In<M> a, b;
  M c;
  float beta = 0.0f;

  static constexpr const char* kName = "gemm_nt";
  template <class N, class At>
  GemmNtT<N> as(At&& at) const {
    return {at.in(a), at.in(b), updated(at, c, beta), beta};
  }
  bool empty() const { return is_empty(c); }
  void check(const Backend& backend) const {
    check_product(backend, kName, a, b, c, true);
    check_beta(kName, beta);
  }
};
using GemmNt = GemmNtT<Mat>;

}  // namespace weft
