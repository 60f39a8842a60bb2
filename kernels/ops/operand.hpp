#pragma once
// What every op's struct is made of.
//
// An op is a value: its operands and options. `GemmT<Mat>`, called `Gemm`, runs on a backend; the recorder of
// models/ fills the same struct with tensors of a plan. Each struct has
//   kName        its name in messages and reports;
//   as<N>(at)    the same op on other operands: each goes through at.in (read), at.out (overwritten) or
//                at.inout (read, then written). Who lists an op's operands, counts their bytes or finds their
//                memory hands in an `at` and needs no list of its own;
//   empty()      whether there is nothing to compute: such an op is checked and then left out;
//   check(backend)  throws kInvalidArgument, with both sides, where the operands disagree.
#include "kernels/base/view.hpp"

namespace weft {

class Backend;

template <class M>
struct InputOf {
  using Type = M;
};
template <>
struct InputOf<Mat> {
  using Type = ConstMat;
};
/// A matrix that an op reads, where those that it writes are M.
template <class M>
using In = typename InputOf<M>::Type;

/// c = ... + beta c: c is read too unless beta is 0.
template <class At, class M>
auto updated(At&& at, const M& c, float beta) {
  return beta == 0.0f ? at.out(c) : at.inout(c);
}

/// An `at` that leaves operands as they are; others replace some of them.
struct SameOperands {
  template <class T>
  T in(const T& operand) const {
    return operand;
  }
  template <class T>
  T out(const T& operand) const {
    return operand;
  }
  template <class T>
  T inout(const T& operand) const {
    return operand;
  }
};

inline bool is_empty(const ConstMat& m) { return m.rows == 0 || m.cols == 0; }

}  // namespace weft
