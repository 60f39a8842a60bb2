#pragma once
// Dense products. The factors a and b may both be bf16, and c too where it is overwritten.
#include "kernels/ops/checks.hpp"

namespace weft {

/// c = a b + bias.
/// a [n, c], b [c, h], bias [h] or empty, rounded to the type of c before it is added;  c [n, h] overwritten.
template <class M>
struct GemmT {
  In<M> a, b;
  M c;
  Vec<const float> bias = {};

  static constexpr const char* kName = "gemm";
  template <class N, class At>
  GemmT<N> as(At&& at) const {
    return {at.in(a), at.in(b), at.out(c), at.in(bias)};
  }
  bool empty() const { return is_empty(c); }
  void check(const Backend& backend) const {
    check_product(backend, kName, a, b, c, false);
    check_optional(kName, "bias", bias, b.cols, "the number of columns of b");
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

/// c = a b^T: the gradient of a layer's input.  a [n, h], b [c, h], c [n, c] overwritten.
template <class M>
struct GemmNtT {
  In<M> a, b;
  M c;

  static constexpr const char* kName = "gemm_nt";
  template <class N, class At>
  GemmNtT<N> as(At&& at) const {
    return {at.in(a), at.in(b), at.out(c)};
  }
  bool empty() const { return is_empty(c); }
  void check(const Backend& backend) const { check_product(backend, kName, a, b, c, true); }
};
using GemmNt = GemmNtT<Mat>;

}  // namespace weft
