#pragma once
// The list of ops, and what follows from it: a pair of virtual members for each op, and the frame of a
// backend that stands in front of another one.
//
// Letters in contracts: n rows of an activation, e edges, c channels in, h channels out, k classes, r rows
// that reach the loss.
//
// Common to all ops:
//   - Matrices are row-major, ld >= cols, and float32. Where an op says "or bf16", it also reads and writes
//     bfloat16 storage (arithmetic stays in float32) on a backend whose stores_bf16() is true. Outputs must
//     not alias inputs unless the op says that they may.
//   - Errors: kInvalidArgument when shapes, types or scratch disagree; the message shows both sides.
//   - Determinism: the same bits for the same inputs at any thread count. Every sum runs in a fixed order
//     that does not depend on the vector width, and every multiply-add in it is fused.
//   - Backend::scratch(op) tells how many bytes of Stream::scratch an op uses. It depends on the operands'
//     sizes and on which options are given, not on where memory lies.
#include "kernels/ops/activation.hpp"
#include "kernels/ops/adam.hpp"
#include "kernels/ops/batch_norm.hpp"
#include "kernels/ops/drop_values.hpp"
#include "kernels/ops/gemm.hpp"
#include "kernels/ops/gemm_activated.hpp"
#include "kernels/ops/loss.hpp"
#include "kernels/ops/product_statistics.hpp"
#include "kernels/ops/reduce.hpp"
#include "kernels/ops/rows.hpp"
#include "kernels/ops/spmm.hpp"
#include "kernels/ops/spmm_tn.hpp"
#include "kernels/ops/transpose.hpp"

namespace weft {

struct Stream;  // backend.hpp

/// T<First..., every op>.
template <template <class...> class T, class... First>
using WithOps =
    T<First..., Spmm, Transpose, DropValues, SpmmTn, Gemm, GemmTn, GemmNt, GemmActivated, GemmTnActivated,
      BatchNormStatistics, BatchNormTraining, BatchNormInference, Activate, ActivateBackward,
      ActivateBackwardMasks, ProductMoments, ProductGradient, ColumnSums, Convert, GatherRows, ScatterRows,
      Argmax, CountCorrect, LogSoftmaxNll, BceWithLogits, BeginStep, Adam>;

/// What a backend defines for each op. Both trust the op's check() and are not called for an empty() op.
template <class... Ops>
class OpTable;

template <>
class OpTable<> {
 public:
  virtual ~OpTable() = default;

 protected:
  void do_run();  // for the derived classes' using-declarations
  void do_scratch() const;
};

template <class Op, class... Rest>
class OpTable<Op, Rest...> : public OpTable<Rest...> {
 protected:
  using OpTable<Rest...>::do_run;
  using OpTable<Rest...>::do_scratch;
  virtual void do_run(Stream& stream, const Op& op) = 0;
  /// Bytes; none where a backend says nothing.
  virtual std::size_t do_scratch(const Op&) const { return 0; }
};

/// A Base whose ops all come to two templates, Self::forward(stream, op) and Self::forward_scratch(op).
template <class Self, class Base, class... Ops>
class ForwardedOps;

template <class Self, class Base>
class ForwardedOps<Self, Base> : public Base {};

template <class Self, class Base, class Op, class... Rest>
class ForwardedOps<Self, Base, Op, Rest...> : public ForwardedOps<Self, Base, Rest...> {
 protected:
  using ForwardedOps<Self, Base, Rest...>::do_run;
  using ForwardedOps<Self, Base, Rest...>::do_scratch;
  void do_run(Stream& stream, const Op& op) final { static_cast<Self*>(this)->forward(stream, op); }
  std::size_t do_scratch(const Op& op) const final {
    return static_cast<const Self*>(this)->forward_scratch(op);
  }
};

}  // namespace weft
