#pragma once
// Writes op calls into a plan: one member per op, with matrices as plan tensors and everything small
// (parameters, biases, statistics, labels) as views whose memory is already there. Layers are written against
// this.
#include <string>

#include "models/graph_operator.hpp"
#include "models/plan.hpp"

namespace weft::models {

class Recorder {
 public:
  /// `backend` is asked for scratch sizes only. `step` lies in the backend's memory.
  Recorder(Plan& plan, const Backend& backend, const StepState* step)
      : plan_(plan), backend_(backend), step_(step) {}

  Plan& plan() { return plan_; }
  const StepState* step() const { return step_; }

  /// Steps recorded from here on belong to this program.
  void begin(Program program) { program_ = program; }
  Program program() const { return program_; }

  Tensor transient(const std::string& name, std::int64_t rows, std::int64_t cols) {
    return plan_.transient(name, rows, cols);
  }

  /// y = A~ x + bias;  x [n, c] -> y [r, c].
  void spmm(const std::string& name, const GraphOperator& graph, Tensor x, Tensor y,
            Vec<const float> bias = {});
  /// y = A~^T x;  x [r, c] -> y [n, c].
  void spmm_transposed(const std::string& name, const GraphOperator& graph, Tensor x, Tensor y);
  /// y = x w + bias.
  void gemm(const std::string& name, Tensor x, ConstMat w, Tensor y, Vec<const float> bias = {});
  /// dw += x^T dy.
  void gemm_tn(const std::string& name, Tensor x, Tensor dy, Mat dw);
  /// dx = dy w^T.
  void gemm_nt(const std::string& name, Tensor dy, ConstMat w, Tensor dx);
  /// out += column sums of x.
  void column_sums(const std::string& name, Tensor x, Vec<float> out);
  void batch_norm_training(const std::string& name, Tensor x, Moments moments, BatchNormState state,
                           Vec<float> mean, Vec<float> rstd);
  void batch_norm_inference(const std::string& name, BatchNormState state, Vec<float> mean, Vec<float> rstd);
  void activate(const std::string& name, Tensor x, const Activation& block, Tensor y);
  /// Overwrites dy with the gradient of the block's input.
  void activate_backward(const std::string& name, Tensor x, Tensor dy, const Activation& block,
                         Vec<float> dgamma, Vec<float> dbeta);
  void gather_rows(const std::string& name, Tensor x, Vec<const NodeId> rows, Tensor y);
  /// Overwrites the logits with their gradient.
  void log_softmax_nll(const std::string& name, Tensor logits, Vec<const std::int32_t> labels,
                       Vec<double> loss);
  void argmax(const std::string& name, Tensor x, Vec<std::int32_t> out);
  void count_correct(const std::string& name, Tensor logits, Vec<const std::int32_t> labels,
                     Vec<const std::uint8_t> part, Vec<std::int64_t> correct);
  /// A step on memory outside the plan's matrices (optimiser, zeroing).
  void call(const std::string& name, Plan::Action action);

 private:
  void record(const std::string& name, std::vector<Tensor> reads, std::vector<Tensor> writes,
              std::size_t scratch, Plan::Action action);

  Plan& plan_;
  const Backend& backend_;
  const StepState* step_;
  Program program_ = Program::kSetup;
};

}  // namespace weft::models
