#pragma once
// What an op moves and computes, from the op itself.
#include <memory>

#include "bench/counters/op_call.hpp"
#include "kernels/backend.hpp"

namespace weft::bench {

/// For as(): collects what an op moves, matrices before vectors. What is empty was not given.
class Moved {
 public:
  explicit Moved(OpCall& call) : call_(call) {}
  ~Moved() { call_.once.insert(call_.once.end(), vectors_.begin(), vectors_.end()); }
  Moved(const Moved&) = delete;
  Moved& operator=(const Moved&) = delete;

  template <class T>
  T in(const T& operand) {
    add(operand);
    return operand;
  }
  template <class T>
  T out(const T& operand) {
    return in(operand);
  }
  template <class T>
  T inout(const T& operand) {
    add(operand);
    return in(operand);
  }

 private:
  void add(const ConstMat& m);
  void add(const CsrView& a);
  void add(const Moments& moments) { add(moments.sum), add(moments.m2); }
  void add(const Normalization& norm) { add(norm.mean), add(norm.rstd), add(norm.gamma), add(norm.beta); }
  void add(const Activation& block) { add(block.row_ids), add(block.norm); }
  void add(const BatchNormState& state) { add(state.running_mean), add(state.running_var); }
  void add(const SpmmOptions& how) {
    add(how.row_scale), add(how.col_scale), add(how.bias), add(how.moments);
  }
  template <class T>
  void add(Vec<T> v) {
    if (!v.empty()) vectors_.push_back({v.size, 1, static_cast<int>(sizeof(T))});
  }

  OpCall& call_;
  std::vector<Term> vectors_;
};

/// For as(): the operands as they would be on another graph, without memory. Only for scratch.
struct Resized : SameOperands {
  explicit Resized(const Sizes& there) : sizes(there) {}
  using SameOperands::in, SameOperands::out, SameOperands::inout;
  Mat out(const Mat& m) const;
  Mat inout(const Mat& m) const { return out(m); }
  ConstMat in(const ConstMat& m) const { return out({nullptr, m.rows, m.cols, m.ld, m.dtype}); }
  CsrView in(const CsrView& a) const;

  const Sizes& sizes;
};

/// Operations on each element of an op's first operand; those of products are counted apart.
template <class Op>
int operations(const Op&) {
  return 0;
}
int operations(const Activation& block);
inline int operations(const Activate& op) { return operations(op.block); }
int operations(const ActivateBackward& op);
/// xhat, the masks, two sums (an addition, a multiply-add).
inline int operations(const ActivateBackwardMasks&) { return 7; }
inline int operations(const BatchNormStatistics&) { return 4; }
inline int operations(const ProductMoments&) { return 4; }
inline int operations(const ProductGradient&) { return 8; }
inline int operations(const ColumnSums&) { return 1; }
inline int operations(const Argmax&) { return 1; }
inline int operations(const CountCorrect&) { return 1; }
inline int operations(const LogSoftmaxNll&) { return 5; }  // largest, difference, exponential, sum, share
inline int operations(const BceWithLogits&) { return 9; }
inline int operations(const Adam&) { return 12; }

/// Corrects what the operands alone do not tell: products, gathers, and arrays that are not read whole.
template <class Op>
void add_work(OpCall&, const Backend&, const Op&) {}
void add_work(OpCall& call, const Backend& backend, const Spmm& op);
void add_work(OpCall& call, const Backend& backend, const SpmmTn& op);
void add_work(OpCall& call, const Backend& backend, const Transpose& op);
void add_work(OpCall& call, const Backend& backend, const GatherRows& op);
void add_work(OpCall& call, const Backend& backend, const ScatterRows& op);
inline void add_product(OpCall& call, const ConstMat& c, std::int64_t inner) {
  call.product = {c.rows, c.cols, inner};
}
inline void add_work(OpCall& call, const Backend&, const Gemm& op) { add_product(call, op.c, op.a.cols); }
inline void add_work(OpCall& call, const Backend&, const GemmTn& op) { add_product(call, op.c, op.a.rows); }
inline void add_work(OpCall& call, const Backend&, const GemmNt& op) { add_product(call, op.c, op.a.cols); }
inline void add_work(OpCall& call, const Backend&, const GemmActivated& op) {
  add_product(call, op.c, op.x.cols);
}
inline void add_work(OpCall& call, const Backend&, const GemmTnActivated& op) {
  add_product(call, op.c, op.x.rows);
}

/// The call keeps `backend`, to ask it for scratch at other sizes.
template <class Op>
OpCall call_of(const std::shared_ptr<Backend>& backend, const Op& op) {
  OpCall call;
  call.op = Op::kName;
  op.template as<Mat>(Moved(call));
  call.scratch = [backend, op](const Sizes& sizes) {
    return static_cast<double>(backend->scratch(op.template as<Mat>(Resized(sizes))));
  };
  const int each = operations(op);
  if (each > 0) call.arithmetic = {{call.once.front().rows, call.once.front().cols, each}};
  add_work(call, *backend, op);
  return call;
}

}  // namespace weft::bench
