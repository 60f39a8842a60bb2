#pragma once
// The block between two layers: batch norm, ReLU, dropout.
#include "kernels/ops/checks.hpp"
#include "kernels/ops/options.hpp"

namespace weft {

/// What a batch norm applies: (x - mean) * rstd * gamma + beta. All four [c], or all empty for no
/// normalisation.
struct Normalization {
  Vec<const float> mean = {};
  Vec<const float> rstd = {};
  Vec<const float> gamma = {};
  Vec<const float> beta = {};
};

/// Normalisation, then ReLU, then dropout; each part may be switched off, so batch norm alone, ReLU alone and
/// dropout alone are this block too.
struct Activation {
  Normalization norm = {};
  bool relu = false;
  Dropout dropout = {};
  Vec<const NodeId> row_ids = {};  // [n] original row ids for the dropout counter; empty: 0 .. n-1
};

/// y = dropout(relu(norm(x))).  x, y [n, c] or bf16; y may be x.
template <class M>
struct ActivateT {
  In<M> x;
  Activation block;
  M y;

  static constexpr const char* kName = "activate";
  template <class N, class At>
  ActivateT<N> as(At&& at) const {
    return {at.in(x), at.in(block), at.out(y)};
  }
  bool empty() const { return is_empty(x); }
  void check(const Backend& backend) const {
    check_stored(backend, kName, "x", x);
    check_stored(backend, kName, "y", y);
    check_same_shape(kName, "y", y, "x", x);
    check_block(kName, block, x);
  }
};
using Activate = ActivateT<Mat>;

template <class Op>
void check_gradient(const Backend& backend, const Op& op, const ConstMat& dx) {
  check_stored(backend, op.kName, "x", op.x);
  check_stored(backend, op.kName, "dy", op.dy);
  check_stored(backend, op.kName, "dx", dx);
  check_same_shape(op.kName, "dy", op.dy, "x", op.x);
  check_same_shape(op.kName, "dx", dx, "x", op.x);
  check_distinct(op.kName, "dx", dx, "x", op.x);
  check_block(op.kName, op.block, op.x);
  check_size(op.kName, "dgamma", op.dgamma, op.block.norm.gamma.size, "the size of gamma");
  check_size(op.kName, "dbeta", op.dbeta, op.block.norm.beta.size, "the size of beta");
}

/// Gradient of Activate, with the statistics' own gradient when there is a normalisation:
///   g      = dy through dropout and ReLU
///   dgamma += sum_i g * xhat;  dbeta += sum_i g      (empty without normalisation)
///   dx     = gamma * rstd * (g - mean_i(g) - xhat * mean_i(g * xhat)),  or g without normalisation.
/// The masks are computed again from x and the counters, or read where the dropout has them drawn.
/// x, dy, dx [n, c] or bf16; dx may be dy.
/// Source: Ioffe, Szegedy, "Batch Normalization", 2015, arXiv:1502.03167.
template <class M>
struct ActivateBackwardT {
  In<M> x, dy;
  Activation block;
  M dx;
  Vec<float> dgamma = {}, dbeta = {};

  static constexpr const char* kName = "activate_backward";
  template <class N, class At>
  ActivateBackwardT<N> as(At&& at) const {
    return {at.in(x), at.in(dy), at.in(block), at.out(dx), at.inout(dgamma), at.inout(dbeta)};
  }
  bool empty() const { return is_empty(x); }
  void check(const Backend& backend) const { check_gradient(backend, *this, dx); }
};
using ActivateBackward = ActivateBackwardT<Mat>;

/// The part of ActivateBackward that comes before the statistics' own gradient, for ProductGradient: `g` as
/// above instead of dx, dgamma and dbeta as above, and sums = (sum_i g, sum_i g * xhat).
/// x, dy, g [n, c] or bf16; g may be dy;  sums [2 c] overwritten. The block normalises.
template <class M>
struct ActivateBackwardMasksT {
  In<M> x, dy;
  Activation block;
  M g;
  Vec<float> dgamma, dbeta, sums;

  static constexpr const char* kName = "activate_backward_masks";
  template <class N, class At>
  ActivateBackwardMasksT<N> as(At&& at) const {
    return {at.in(x), at.in(dy), at.in(block), at.out(g), at.inout(dgamma), at.inout(dbeta), at.out(sums)};
  }
  bool empty() const { return is_empty(x); }
  void check(const Backend& backend) const {
    check_gradient(backend, *this, g);
    WEFT_CHECK(!block.norm.gamma.empty() || x.cols == 0, kName, ": the block has no normalisation");
    check_size(kName, "sums", sums, 2 * x.cols, "twice the number of columns");
  }
};
using ActivateBackwardMasks = ActivateBackwardMasksT<Mat>;

}  // namespace weft
