#pragma once
// The matrices of an op while it is recorded, and the two questions that are asked of them: which tensors of
// the plan they are, and where their memory is.
#include <vector>

#include "kernels/op_table.hpp"
#include "models/plan.hpp"

namespace weft::models {

/// A tensor of the plan, or memory that is there already. View is ConstMat or Mat.
template <class View>
struct OperandOf {
  OperandOf(Tensor in_plan) : tensor(in_plan) {}         // implicit, so that ops are written as they run
  OperandOf(const View& in_place) : memory(in_place) {}  // implicit

  Tensor tensor;
  View memory;
};
/// GemmT<Operand> is recorded.
using Operand = OperandOf<Mat>;

struct OperandLists {
  std::vector<Tensor> reads;
  std::vector<Tensor> writes;

  void append(const OperandLists& more) {
    reads.insert(reads.end(), more.reads.begin(), more.reads.end());
    writes.insert(writes.end(), more.writes.begin(), more.writes.end());
  }
};

/// For as(): lists the tensors, and gives matrices of their sizes without memory.
struct ListOperands : SameOperands {
  explicit ListOperands(OperandLists& into) : lists(into) {}
  using SameOperands::in, SameOperands::out, SameOperands::inout;

  ConstMat in(const OperandOf<ConstMat>& m) const {
    if (!m.tensor.valid()) return m.memory;
    lists.reads.push_back(m.tensor);
    return {nullptr, m.tensor.rows, m.tensor.cols, m.tensor.cols, m.tensor.dtype};
  }
  Mat out(const Operand& m) const {
    if (!m.tensor.valid()) return m.memory;
    lists.writes.push_back(m.tensor);
    return {nullptr, m.tensor.rows, m.tensor.cols, m.tensor.cols, m.tensor.dtype};
  }
  Mat inout(const Operand& m) const {
    if (m.tensor.valid()) lists.reads.push_back(m.tensor);
    return out(m);
  }

  OperandLists& lists;
};

/// For as(): gives matrices with their memory, once the plan has it.
struct FindOperands : SameOperands {
  explicit FindOperands(const Execution& execution) : run(execution) {}
  using SameOperands::in, SameOperands::out, SameOperands::inout;

  ConstMat in(const OperandOf<ConstMat>& m) const {
    return m.tensor.valid() ? ConstMat(run.mat(m.tensor)) : m.memory;
  }
  Mat out(const Operand& m) const { return m.tensor.valid() ? run.mat(m.tensor) : m.memory; }
  Mat inout(const Operand& m) const { return out(m); }

  const Execution& run;
};

}  // namespace weft::models

namespace weft {

template <>
struct InputOf<models::Operand> {
  using Type = models::OperandOf<ConstMat>;
};

}  // namespace weft
