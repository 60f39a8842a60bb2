#include "models/recorder.hpp"

namespace weft::models {

void Recorder::step(const std::string& name, std::vector<Tensor> reads, std::vector<Tensor> writes,
                    std::size_t scratch, Plan::Action action) {
  plan_.record(program_, {name, std::move(reads), std::move(writes), scratch, std::move(action)});
}

Tensor Recorder::as_activation(const std::string& name, Tensor x) {
  if (x.dtype == storage_.dtype) return x;
  const Tensor copy = program_ == Program::kSetup ? plan_.persistent(name, x.rows, x.cols, storage_.dtype)
                                                  : activation(name, x.rows, x.cols);
  step(name, ConvertT<Operand>{x, copy});
  return copy;
}

OperandOf<ConstMat> Recorder::weight_beside(const std::string& name, Tensor factor, ConstMat w) {
  if (factor.dtype == w.dtype) return w;
  Tensor& copy = weight_copies_[{program_, w.data, w.rows}];
  if (!copy.valid()) {
    copy = plan_.transient(name + " weights", w.rows, w.cols, factor.dtype);
    step(name + " weights", ConvertT<Operand>{w, copy});
  }
  return copy;
}

void Recorder::spmm(const std::string& name, const GraphOperator& graph, Tensor x, Tensor y,
                    Vec<const float> bias, const Moments& moments, float beta) {
  // Where the operator lies is not known before the step runs.
  step(name, SpmmT<Operand>{graph.forward, x, y, {{}, {}, bias, moments, SpmmMethod::kAuto, beta}}, {},
       [&graph](Spmm& op, const Execution&) {
         op.a = graph.forward;
         op.options.row_scale = graph.row_scale;
         op.options.col_scale = graph.col_scale;
       });
}

void Recorder::spmm_transposed(const std::string& name, const GraphOperator& graph, Tensor x, Tensor y,
                               float beta) {
  SpmmOptions options;
  options.beta = beta;
  step(name, SpmmT<Operand>{graph.backward, x, y, options}, {}, [&graph](Spmm& op, const Execution&) {
    op.a = graph.backward;
    op.options.row_scale = graph.col_scale;
    op.options.col_scale = graph.row_scale;
  });
}

namespace {

OperandLists values_of(const SparseInput& x) {
  OperandLists lists;
  if (x.values.valid()) lists.reads.push_back(x.values);
  return lists;
}

}  // namespace

SparseInput Recorder::drop_values(const std::string& name, const SparseMatrix& matrix,
                                  const Dropout& dropout) {
  const Tensor values = transient(name, 1, matrix.matrix.num_edges);
  step(name, DropValues{matrix.matrix, dropout, {nullptr, values.cols}}, {{}, {values}},
       [&matrix, values](DropValues& op, const Execution& run) {
         op.a = matrix.matrix;
         op.values.data = run.mat(values).f32();
       });
  return {&matrix, values};
}

void Recorder::spmm(const std::string& name, const SparseInput& x, ConstMat w, Tensor y) {
  step(name, SpmmT<Operand>{x.matrix->matrix, w, y}, values_of(x),
       [x](Spmm& op, const Execution& run) { op.a = x.in(run); });
}

void Recorder::spmm_tn(const std::string& name, const SparseInput& x, Tensor dy, Mat dw) {
  step(name, SpmmTnT<Operand>{x.matrix->matrix, x.matrix->transposed, dy, dw}, values_of(x),
       [x](SpmmTn& op, const Execution& run) {
         op.a = x.in(run);
         op.transposed = x.matrix->transposed;
       });
}

void Recorder::gemm(const std::string& name, Tensor x, ConstMat w, Tensor y, Vec<const float> bias,
                    float beta) {
  step(name, GemmT<Operand>{x, weight_beside(name, x, w), y, bias, beta});
}

void Recorder::gemm_tn(const std::string& name, Tensor x, Tensor dy, Operand dw) {
  step(name, GemmTnT<Operand>{x, dy, dw});
}

void Recorder::gemm_activated(const std::string& name, Tensor x, const BlockCall& f, ConstMat w, Tensor y,
                              Vec<const float> bias) {
  block_step(name, GemmActivatedT<Operand>{x, f.block, weight_beside(name, x, w), y, bias}, f.mask);
}

void Recorder::gemm_tn_activated(const std::string& name, Tensor x, const BlockCall& f, Tensor dy, Mat dw) {
  block_step(name, GemmTnActivatedT<Operand>{x, f.block, dy, dw}, f.mask);
}

void Recorder::gemm_nt(const std::string& name, Tensor dy, ConstMat w, Tensor dx, float beta) {
  step(name, GemmNtT<Operand>{dy, weight_beside(name, dy, w), dx, beta});
}

void Recorder::column_sums(const std::string& name, Tensor x, Vec<float> out) {
  Tensor wide = x;
  if (x.dtype != DType::kF32) {
    wide = transient(name + " in float32", x.rows, x.cols);
    step(name + " in float32", ConvertT<Operand>{x, wide});
  }
  step(name, ColumnSumsT<Operand>{wide, out});
}

void Recorder::batch_norm_statistics(const std::string& name, Tensor x, Moments moments) {
  step(name, BatchNormStatisticsT<Operand>{x, moments});
}

void Recorder::batch_norm_training(const std::string& name, Moments moments, BatchNormState state,
                                   Vec<float> mean, Vec<float> rstd) {
  step(name, BatchNormTraining{moments, state, mean, rstd});
}

void Recorder::batch_norm_inference(const std::string& name, BatchNormState state, Vec<float> mean,
                                    Vec<float> rstd) {
  step(name, BatchNormInference{state, mean, rstd});
}

BlockCall BlockCall::with_drawn_mask() const {
  BlockCall later = *this;
  later.block.dropout.drawn = mask.valid();
  return later;
}

void Recorder::activate(const std::string& name, Tensor x, const BlockCall& block, Tensor y) {
  block_step(name, ActivateT<Operand>{x, block.block, y}, block.mask);
}

void Recorder::activate_backward(const std::string& name, Tensor x, Tensor dy, const BlockCall& block,
                                 Vec<float> dgamma, Vec<float> dbeta) {
  block_step(name, ActivateBackwardT<Operand>{x, dy, block.block, dy, dgamma, dbeta}, block.mask);
}

void Recorder::activate_backward_masks(const std::string& name, Tensor x, Tensor dy, const BlockCall& block,
                                       Vec<float> dgamma, Vec<float> dbeta, Tensor sums) {
  block_step(name,
             ActivateBackwardMasksT<Operand>{x, dy, block.block, dy, dgamma, dbeta, {nullptr, sums.cols}},
             block.mask, {{}, {sums}},
             [sums](ActivateBackwardMasks& op, const Execution& run) { op.sums.data = run.mat(sums).f32(); });
}

void Recorder::fill_zero(const std::string& name, Tensor x) {
  step(name, {}, {x}, 0, [=](const Execution& run) {
    const Mat memory = run.mat(x);
    const auto values = static_cast<std::size_t>(memory.rows * memory.ld);
    run.backend.fill_zero(run.stream, memory.data, values * dtype_bytes(memory.dtype));
  });
}

void Recorder::gather_rows(const std::string& name, Tensor x, Vec<const NodeId> rows, Tensor y) {
  step(name, GatherRowsT<Operand>{x, rows, y});
}

void Recorder::call(const std::string& name, Plan::Action action) {
  step(name, {}, {}, 0, std::move(action));
}

}  // namespace weft::models
