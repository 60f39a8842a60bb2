#include "models/recorder.hpp"

namespace weft::models {

void Recorder::record(const std::string& name, std::vector<Tensor> reads, std::vector<Tensor> writes,
                      std::size_t scratch, Plan::Action action) {
  plan_.record(program_, {name, std::move(reads), std::move(writes), scratch, std::move(action)});
}

void Recorder::spmm(const std::string& name, const GraphOperator& graph, Tensor x, Tensor y,
                    Vec<const float> bias) {
  const SpmmOptions options{graph.row_scale, graph.col_scale, bias};
  record(name, {x}, {y}, 0, [a = graph.forward, options, x, y](const Execution& run) {
    run.backend.spmm(run.stream, a, run.mat(x), run.mat(y), options);
  });
}

void Recorder::spmm_transposed(const std::string& name, const GraphOperator& graph, Tensor x, Tensor y) {
  const SpmmOptions options{graph.col_scale, graph.row_scale, {}};
  record(name, {x}, {y}, 0, [a = graph.backward, options, x, y](const Execution& run) {
    run.backend.spmm(run.stream, a, run.mat(x), run.mat(y), options);
  });
}

void Recorder::gemm(const std::string& name, Tensor x, ConstMat w, Tensor y, Vec<const float> bias) {
  record(name, {x}, {y}, backend_.gemm_scratch(x.rows, x.cols, w.cols),
         [=](const Execution& run) { run.backend.gemm(run.stream, run.mat(x), w, run.mat(y), bias); });
}

void Recorder::gemm_tn(const std::string& name, Tensor x, Tensor dy, Mat dw) {
  record(name, {x, dy}, {}, backend_.gemm_tn_scratch(x.rows, x.cols, dy.cols),
         [=](const Execution& run) { run.backend.gemm_tn(run.stream, run.mat(x), run.mat(dy), dw); });
}

void Recorder::gemm_nt(const std::string& name, Tensor dy, ConstMat w, Tensor dx) {
  record(name, {dy}, {dx}, backend_.gemm_nt_scratch(dy.rows, dy.cols, w.rows),
         [=](const Execution& run) { run.backend.gemm_nt(run.stream, run.mat(dy), w, run.mat(dx)); });
}

void Recorder::column_sums(const std::string& name, Tensor x, Vec<float> out) {
  record(name, {x}, {}, backend_.column_sums_scratch(x.rows, x.cols),
         [=](const Execution& run) { run.backend.column_sums(run.stream, run.mat(x), out); });
}

void Recorder::batch_norm_training(const std::string& name, Tensor x, Moments moments, BatchNormState state,
                                   Vec<float> mean, Vec<float> rstd) {
  record(name, {x}, {}, backend_.batch_norm_statistics_scratch(x.rows, x.cols), [=](const Execution& run) {
    run.backend.batch_norm_statistics(run.stream, run.mat(x), moments);
    run.backend.batch_norm_training(run.stream, moments, state, mean, rstd);
  });
}

void Recorder::batch_norm_inference(const std::string& name, BatchNormState state, Vec<float> mean,
                                    Vec<float> rstd) {
  call(name, [=](const Execution& run) { run.backend.batch_norm_inference(run.stream, state, mean, rstd); });
}

void Recorder::activate(const std::string& name, Tensor x, const Activation& block, Tensor y) {
  record(name, {x}, {y}, 0,
         [=](const Execution& run) { run.backend.activate(run.stream, run.mat(x), block, run.mat(y)); });
}

void Recorder::activate_backward(const std::string& name, Tensor x, Tensor dy, const Activation& block,
                                 Vec<float> dgamma, Vec<float> dbeta) {
  record(name, {x, dy}, {dy}, backend_.activate_backward_scratch(x.rows, x.cols), [=](const Execution& run) {
    run.backend.activate_backward(run.stream, run.mat(x), run.mat(dy), block, run.mat(dy), dgamma, dbeta);
  });
}

void Recorder::gather_rows(const std::string& name, Tensor x, Vec<const NodeId> rows, Tensor y) {
  record(name, {x}, {y}, 0,
         [=](const Execution& run) { run.backend.gather_rows(run.stream, run.mat(x), rows, run.mat(y)); });
}

void Recorder::log_softmax_nll(const std::string& name, Tensor logits, Vec<const std::int32_t> labels,
                               Vec<double> loss) {
  record(name, {logits}, {logits}, backend_.log_softmax_nll_scratch(logits.rows), [=](const Execution& run) {
    run.backend.log_softmax_nll(run.stream, run.mat(logits), labels, run.mat(logits), loss);
  });
}

void Recorder::argmax(const std::string& name, Tensor x, Vec<std::int32_t> out) {
  record(name, {x}, {}, 0, [=](const Execution& run) { run.backend.argmax(run.stream, run.mat(x), out); });
}

void Recorder::count_correct(const std::string& name, Tensor logits, Vec<const std::int32_t> labels,
                             Vec<const std::uint8_t> part, Vec<std::int64_t> correct) {
  record(name, {logits}, {}, 0, [=](const Execution& run) {
    run.backend.count_correct(run.stream, run.mat(logits), labels, part, correct);
  });
}

void Recorder::call(const std::string& name, Plan::Action action) {
  record(name, {}, {}, 0, std::move(action));
}

}  // namespace weft::models
