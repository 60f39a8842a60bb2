#pragma once
// Dense products of a block's output: the same as Activate, then Gemm or GemmTn, but f(x), for the block f,
// need not lie in memory. f(x) has the type of x. Terms whose factor of f(x) is exactly 0 may be left out,
// and ReLU and dropout make most of them so.
#include "kernels/ops/activation.hpp"
#include "kernels/ops/checks.hpp"

namespace weft {

/// c = f(x) b + bias.  x [n, c], b [c, h], bias [h] or empty;  c [n, h] overwritten.
template <class M>
struct GemmActivatedT {
  In<M> x;
  Activation block;
  In<M> b;
  M c;
  Vec<const float> bias = {};

  static constexpr const char* kName = "gemm_activated";
  template <class N, class At>
  GemmActivatedT<N> as(At&& at) const {
    return {at.in(x), at.in(block), at.in(b), at.out(c), at.in(bias)};
  }
  bool empty() const { return is_empty(c); }
  void check(const Backend& backend) const {
    check_product(backend, kName, x, b, c, false);
    check_block(kName, block, x);
    check_optional(kName, "bias", bias, b.cols, "the number of columns of b");
  }
};
using GemmActivated = GemmActivatedT<Mat>;

/// c += f(x)^T b.  x [n, c], b [n, h], c [c, h].
template <class M>
struct GemmTnActivatedT {
  In<M> x;
  Activation block;
  In<M> b;
  M c;

  static constexpr const char* kName = "gemm_tn_activated";
  template <class N, class At>
  GemmTnActivatedT<N> as(At&& at) const {
    return {at.in(x), at.in(block), at.in(b), at.inout(c)};
  }
  bool empty() const { return is_empty(x) || is_empty(b); }
  void check(const Backend& backend) const {
    check_transposed_product(backend, kName, x, b, c);
    check_block(kName, block, x);
  }
};
using GemmTnActivated = GemmTnActivatedT<Mat>;

}  // namespace weft
