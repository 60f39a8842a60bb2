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
  convert(name, x, copy);
  return copy;
}

void Recorder::convert(const std::string& name, Tensor x, Tensor y) {
  step(name, {x}, {y}, 0,
       [=](const Execution& run) { run.backend.convert(run.stream, run.mat(x), run.mat(y)); });
}

std::vector<Tensor> Recorder::Weight::reads(Tensor other) const {
  return copy.valid() ? std::vector<Tensor>{other, copy} : std::vector<Tensor>{other};
}

Recorder::Weight Recorder::weight_beside(const std::string& name, Tensor factor, ConstMat w) {
  if (factor.dtype == w.dtype) return {w, {}};
  Tensor& copy = weight_copies_[{program_, w.data}];
  if (!copy.valid()) {
    copy = plan_.transient(name + " weights", w.rows, w.cols, factor.dtype);
    step(name + " weights", {}, {copy}, 0,
         [w, to = copy](const Execution& run) { run.backend.convert(run.stream, w, run.mat(to)); });
  }
  return {w, copy};
}

void Recorder::spmm(const std::string& name, const GraphOperator& graph, Tensor x, Tensor y,
                    Vec<const float> bias, const Moments& moments) {
  const auto options = [&graph, bias, moments] {
    return SpmmOptions{graph.row_scale, graph.col_scale, bias, moments};
  };
  step(name, {x}, {y}, backend_.spmm_scratch(graph.forward, x.cols, options()),
       [=, &graph](const Execution& run) {
         run.backend.spmm(run.stream, graph.forward, run.mat(x), run.mat(y), options());
       });
}

void Recorder::spmm_transposed(const std::string& name, const GraphOperator& graph, Tensor x, Tensor y) {
  const auto options = [&graph] { return SpmmOptions{graph.col_scale, graph.row_scale}; };
  step(name, {x}, {y}, backend_.spmm_scratch(graph.backward, x.cols, options()),
       [=, &graph](const Execution& run) {
         run.backend.spmm(run.stream, graph.backward, run.mat(x), run.mat(y), options());
       });
}

namespace {

std::vector<Tensor> values_and(const SparseInput& x, std::vector<Tensor> others) {
  if (x.values.valid()) others.push_back(x.values);
  return others;
}

}  // namespace

SparseInput Recorder::drop_values(const std::string& name, const SparseMatrix& matrix,
                                  const Dropout& dropout) {
  const Tensor values = transient(name, 1, matrix.matrix.num_edges);
  step(name, {}, {values}, 0, [=, &matrix](const Execution& run) {
    const Mat to = run.mat(values);
    run.backend.drop_values(run.stream, matrix.matrix, dropout, {to.f32(), to.cols});
  });
  return {&matrix, values};
}

void Recorder::spmm(const std::string& name, const SparseInput& x, ConstMat w, Tensor y) {
  step(name, values_and(x, {}), {y}, backend_.spmm_scratch(x.matrix->matrix, w.cols),
       [=](const Execution& run) { run.backend.spmm(run.stream, x.in(run), w, run.mat(y)); });
}

void Recorder::spmm_tn(const std::string& name, const SparseInput& x, Tensor dy, Mat dw) {
  step(name, values_and(x, {dy}), {}, backend_.spmm_tn_scratch(x.matrix->matrix, dy.cols),
       [=](const Execution& run) {
         run.backend.spmm_tn(run.stream, x.in(run), x.matrix->transposed, run.mat(dy), dw);
       });
}

void Recorder::gemm(const std::string& name, Tensor x, ConstMat w, Tensor y, Vec<const float> bias) {
  const Weight weight = weight_beside(name, x, w);
  step(name, weight.reads(x), {y}, backend_.gemm_scratch(x.rows, x.cols, w.cols), [=](const Execution& run) {
    run.backend.gemm(run.stream, run.mat(x), weight.in(run), run.mat(y), bias);
  });
}

void Recorder::gemm_tn(const std::string& name, Tensor x, Tensor dy, Mat dw) {
  step(name, {x, dy}, {}, backend_.gemm_tn_scratch(x.rows, x.cols, dy.cols),
       [=](const Execution& run) { run.backend.gemm_tn(run.stream, run.mat(x), run.mat(dy), dw); });
}

void Recorder::gemm_tn(const std::string& name, Tensor x, Tensor dy, Tensor dw) {
  step(name, {x, dy, dw}, {dw}, backend_.gemm_tn_scratch(x.rows, x.cols, dy.cols),
       [=](const Execution& run) { run.backend.gemm_tn(run.stream, run.mat(x), run.mat(dy), run.mat(dw)); });
}

void Recorder::gemm_activated(const std::string& name, Tensor x, const BlockCall& f, ConstMat w, Tensor y,
                              Vec<const float> bias) {
  const Weight weight = weight_beside(name, x, w);
  block_step(name, f, weight.reads(x), {y}, backend_.gemm_activated_scratch(x.rows, x.cols, w.cols),
             [=](const Execution& run) {
               run.backend.gemm_activated(run.stream, run.mat(x), f.in(run), weight.in(run), run.mat(y),
                                          bias);
             });
}

void Recorder::gemm_tn_activated(const std::string& name, Tensor x, const BlockCall& f, Tensor dy, Mat dw) {
  block_step(name, f, {x, dy}, {}, backend_.gemm_tn_activated_scratch(x.rows, x.cols, dy.cols),
             [=](const Execution& run) {
               run.backend.gemm_tn_activated(run.stream, run.mat(x), f.in(run), run.mat(dy), dw);
             });
}

void Recorder::gemm_nt(const std::string& name, Tensor dy, ConstMat w, Tensor dx) {
  const Weight weight = weight_beside(name, dy, w);
  step(name, weight.reads(dy), {dx}, backend_.gemm_nt_scratch(dy.rows, dy.cols, w.rows),
       [=](const Execution& run) {
         run.backend.gemm_nt(run.stream, run.mat(dy), weight.in(run), run.mat(dx));
       });
}

void Recorder::column_sums(const std::string& name, Tensor x, Vec<float> out) {
  Tensor wide = x;
  if (x.dtype != DType::kF32) {
    wide = transient(name + " in float32", x.rows, x.cols);
    convert(name + " in float32", x, wide);
  }
  step(name, {wide}, {}, backend_.column_sums_scratch(x.rows, x.cols),
       [=](const Execution& run) { run.backend.column_sums(run.stream, run.mat(wide), out); });
}

void Recorder::batch_norm_statistics(const std::string& name, Tensor x, Moments moments) {
  step(name, {x}, {}, backend_.batch_norm_statistics_scratch(x.rows, x.cols),
       [=](const Execution& run) { run.backend.batch_norm_statistics(run.stream, run.mat(x), moments); });
}

void Recorder::batch_norm_training(const std::string& name, Moments moments, BatchNormState state,
                                   Vec<float> mean, Vec<float> rstd) {
  call(name, [=](const Execution& run) {
    run.backend.batch_norm_training(run.stream, moments, state, mean, rstd);
  });
}

void Recorder::batch_norm_inference(const std::string& name, BatchNormState state, Vec<float> mean,
                                    Vec<float> rstd) {
  call(name, [=](const Execution& run) { run.backend.batch_norm_inference(run.stream, state, mean, rstd); });
}

Activation BlockCall::in(const Execution& run) const {
  Activation with_memory = block;
  if (mask.valid()) with_memory.dropout.mask = static_cast<std::uint64_t*>(run.mat(mask).data);
  return with_memory;
}

BlockCall BlockCall::with_drawn_mask() const {
  BlockCall later = *this;
  later.block.dropout.drawn = mask.valid();
  return later;
}

void Recorder::block_step(const std::string& name, const BlockCall& block, std::vector<Tensor> reads,
                          std::vector<Tensor> writes, std::size_t scratch, Plan::Action action) {
  if (block.mask.valid()) (block.block.dropout.drawn ? reads : writes).push_back(block.mask);
  step(name, std::move(reads), std::move(writes), scratch, std::move(action));
}

void Recorder::activate(const std::string& name, Tensor x, const BlockCall& block, Tensor y) {
  block_step(name, block, {x}, {y}, 0, [=](const Execution& run) {
    run.backend.activate(run.stream, run.mat(x), block.in(run), run.mat(y));
  });
}

void Recorder::activate_backward(const std::string& name, Tensor x, Tensor dy, const BlockCall& block,
                                 Vec<float> dgamma, Vec<float> dbeta) {
  block_step(name, block, {x, dy}, {dy}, backend_.activate_backward_scratch(x.rows, x.cols),
             [=](const Execution& run) {
               run.backend.activate_backward(run.stream, run.mat(x), run.mat(dy), block.in(run), run.mat(dy),
                                             dgamma, dbeta);
             });
}

void Recorder::activate_backward_masks(const std::string& name, Tensor x, Tensor dy, const BlockCall& block,
                                       Vec<float> dgamma, Vec<float> dbeta, Tensor sums) {
  block_step(name, block, {x, dy}, {dy, sums}, backend_.activate_backward_masks_scratch(x.rows, x.cols),
             [=](const Execution& run) {
               const Mat out = run.mat(sums);
               run.backend.activate_backward_masks(run.stream, run.mat(x), run.mat(dy), block.in(run),
                                                   run.mat(dy), dgamma, dbeta, {out.f32(), out.cols});
             });
}

void Recorder::fill_zero(const std::string& name, Tensor x) {
  step(name, {}, {x}, 0, [=](const Execution& run) {
    const Mat memory = run.mat(x);
    const auto values = static_cast<std::size_t>(memory.rows * memory.ld);
    run.backend.fill_zero(run.stream, memory.data, values * dtype_bytes(memory.dtype));
  });
}

void Recorder::gather_rows(const std::string& name, Tensor x, Vec<const NodeId> rows, Tensor y) {
  step(name, {x}, {y}, 0,
       [=](const Execution& run) { run.backend.gather_rows(run.stream, run.mat(x), rows, run.mat(y)); });
}

void Recorder::log_softmax_nll(const std::string& name, Tensor logits, Vec<const std::int32_t> labels,
                               Vec<double> loss) {
  step(name, {logits}, {logits}, backend_.log_softmax_nll_scratch(logits.rows), [=](const Execution& run) {
    run.backend.log_softmax_nll(run.stream, run.mat(logits), labels, run.mat(logits), loss);
  });
}

void Recorder::argmax(const std::string& name, Tensor x, Vec<std::int32_t> out) {
  step(name, {x}, {}, 0, [=](const Execution& run) { run.backend.argmax(run.stream, run.mat(x), out); });
}

void Recorder::count_correct(const std::string& name, Tensor logits, Vec<const std::int32_t> labels,
                             Vec<const std::uint8_t> part, Vec<std::int64_t> correct) {
  step(name, {logits}, {}, 0, [=](const Execution& run) {
    run.backend.count_correct(run.stream, run.mat(logits), labels, part, correct);
  });
}

void Recorder::call(const std::string& name, Plan::Action action) {
  step(name, {}, {}, 0, std::move(action));
}

}  // namespace weft::models
