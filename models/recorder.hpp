#pragma once
// Writes ops into a plan. An op is recorded as it runs, as a struct of kernels/ops, but its matrices may be
// tensors of the plan; everything small (parameters, biases, statistics, labels) is a view of memory that is
// there already. What a step reads, writes and needs of scratch comes from the op. Layers are written against
// this.
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "models/graph_operator.hpp"
#include "models/operand.hpp"
#include "models/plan.hpp"
#include "models/sparse_input.hpp"

namespace weft::models {

/// How activations are held between the forward and the backward pass.
struct Storage {
  /// Hidden outputs are kept for the backward pass: two passes over an activation less per layer, and one
  /// activation of memory more. Without it they are made again. The same numbers either way.
  bool keep_hidden = false;
  /// Type of activations and their gradients: float32, or bfloat16 where the backend stores it.
  DType dtype = DType::kF32;
  /// Dropout masks are kept, a bit for an element, and not drawn again. The same numbers either way.
  bool keep_masks = false;
};

/// A block as steps apply it: with the plan's memory for its dropout's mask, where that is kept. The first
/// step to apply it draws the mask, and the copy of this call for later ones says so.
struct BlockCall {
  Activation block;
  Tensor mask = {};

  BlockCall with_drawn_mask() const;
};

class Recorder {
 public:
  /// `backend` is asked for scratch sizes only. `step` lies in the backend's memory.
  Recorder(Plan& plan, const Backend& backend, const StepState* step, const Storage& storage = {})
      : plan_(plan), backend_(backend), step_(step), storage_(storage) {}

  Plan& plan() { return plan_; }
  const StepState* step() const { return step_; }
  const Storage& storage() const { return storage_; }

  /// Steps recorded from here on belong to this program.
  void begin(Program program) { program_ = program; }
  Program program() const { return program_; }
  /// Steps that `record` records belong to the setup program.
  template <class Record>
  void in_setup(const Record& record) {
    const Program program = std::exchange(program_, Program::kSetup);
    record();
    program_ = program;
  }

  Tensor transient(const std::string& name, std::int64_t rows, std::int64_t cols) {
    return plan_.transient(name, rows, cols);
  }
  /// A transient matrix in the type of activations.
  Tensor activation(const std::string& name, std::int64_t rows, std::int64_t cols) {
    return plan_.transient(name, rows, cols, storage_.dtype);
  }
  /// x in the type of activations: itself, or a copy, which persists when it is made in setup.
  Tensor as_activation(const std::string& name, Tensor x);

  /// y = A~ x + bias + beta y, and the moments of its columns where they are wanted;  x [n, c] -> y [r, c].
  /// `graph` must outlive the plan.
  void spmm(const std::string& name, const GraphOperator& graph, Tensor x, Tensor y,
            Vec<const float> bias = {}, const Moments& moments = {}, float beta = 0.0f);
  /// y = A~^T x + beta y;  x [r, c] -> y [n, c].
  void spmm_transposed(const std::string& name, const GraphOperator& graph, Tensor x, Tensor y,
                       float beta = 0.0f);
  /// The input with dropout over its stored values. `matrix` must outlive the plan.
  SparseInput drop_values(const std::string& name, const SparseMatrix& matrix, const Dropout& dropout);
  /// y = x w for a sparse x.
  void spmm(const std::string& name, const SparseInput& x, ConstMat w, Tensor y);
  /// dw += x^T dy for a sparse x.
  void spmm_tn(const std::string& name, const SparseInput& x, Tensor dy, Mat dw);
  /// y = x w + bias + beta y. Where x is bfloat16, a copy of w is; each program makes one and uses it
  /// throughout.
  void gemm(const std::string& name, Tensor x, ConstMat w, Tensor y, Vec<const float> bias = {},
            float beta = 0.0f);
  /// dw += x^T dy.
  void gemm_tn(const std::string& name, Tensor x, Tensor dy, Operand dw);
  /// The same with f(x) for x.
  void gemm_activated(const std::string& name, Tensor x, const BlockCall& f, ConstMat w, Tensor y,
                      Vec<const float> bias = {});
  void gemm_tn_activated(const std::string& name, Tensor x, const BlockCall& f, Tensor dy, Mat dw);
  /// dx = dy w^T + beta dx, with w as for gemm.
  void gemm_nt(const std::string& name, Tensor dy, ConstMat w, Tensor dx, float beta = 0.0f);
  /// out += column sums of x.
  void column_sums(const std::string& name, Tensor x, Vec<float> out);
  void batch_norm_statistics(const std::string& name, Tensor x, Moments moments);
  void batch_norm_training(const std::string& name, Moments moments, BatchNormState state, Vec<float> mean,
                           Vec<float> rstd);
  void batch_norm_inference(const std::string& name, BatchNormState state, Vec<float> mean, Vec<float> rstd);
  void activate(const std::string& name, Tensor x, const BlockCall& block, Tensor y);
  /// Overwrites dy with the gradient of the block's input.
  void activate_backward(const std::string& name, Tensor x, Tensor dy, const BlockCall& block,
                         Vec<float> dgamma, Vec<float> dbeta);
  /// Overwrites dy with its part that passes the masks; sums [1, 2 c] of it for product_gradient.
  void activate_backward_masks(const std::string& name, Tensor x, Tensor dy, const BlockCall& block,
                               Vec<float> dgamma, Vec<float> dbeta, Tensor sums);
  void fill_zero(const std::string& name, Tensor x);
  void gather_rows(const std::string& name, Tensor x, Vec<const NodeId> rows, Tensor y);
  /// A step on memory outside the plan's matrices (optimiser, zeroing).
  void call(const std::string& name, Plan::Action action);
  /// Any other step: the matrices it reads and writes, and the scratch its ops need.
  void step(const std::string& name, std::vector<Tensor> reads, std::vector<Tensor> writes,
            std::size_t scratch, Plan::Action action);
  /// An op with its matrices, as in step(name, GemmT<Operand>{x, w, y}).
  template <class Op>
  void step(const std::string& name, const Op& op) {
    step(name, op, {}, AllPlaced());
  }
  /// An op with more in the plan than its matrices: `beside` are those tensors, and `place(op, run)` points
  /// the op to their memory when it runs. Sizes are those of `op` as recorded.
  template <class Op, class Place>
  void step(const std::string& name, const Op& op, OperandLists beside, const Place& place) {
    OperandLists lists;
    const auto sizes = op.template as<Mat>(ListOperands(lists));
    lists.append(beside);
    step(name, std::move(lists.reads), std::move(lists.writes), backend_.scratch(sizes),
         [op, place](const Execution& run) {
           auto now = op.template as<Mat>(FindOperands(run));
           place(now, run);
           run.backend.run(run.stream, now);
         });
  }

 private:
  struct AllPlaced {
    template <class Op>
    void operator()(Op&, const Execution&) const {}
  };
  /// An op that applies a block, whose mask it reads or writes.
  template <class Op, class Place = AllPlaced>
  void block_step(const std::string& name, const Op& op, Tensor mask, OperandLists beside = {},
                  const Place& place = {}) {
    if (mask.valid()) (op.block.dropout.drawn ? beside.reads : beside.writes).push_back(mask);
    step(name, op, beside, [mask, place](auto& now, const Execution& run) {
      if (mask.valid()) now.block.dropout.mask = static_cast<std::uint64_t*>(run.mat(mask).data);
      place(now, run);
    });
  }
  /// A weight as a product with `factor` reads it: where it lies, or its copy in a plan matrix.
  OperandOf<ConstMat> weight_beside(const std::string& name, Tensor factor, ConstMat w);

  Plan& plan_;
  const Backend& backend_;
  const StepState* step_;
  const Storage storage_;
  Program program_ = Program::kSetup;
  std::map<std::tuple<Program, const void*, std::int64_t>, Tensor> weight_copies_;  // by memory and rows
};

}  // namespace weft::models
