#include "models/layers/sage_conv.hpp"

namespace weft::models {
namespace {

/// Columns [first, first + cols) of a matrix.
Mat columns(const Mat& m, std::int64_t first, std::int64_t cols) {
  auto* const data = static_cast<std::byte*>(m.data) + static_cast<std::size_t>(first) * dtype_bytes(m.dtype);
  return {data, m.rows, cols, m.ld, m.dtype};
}

/// y = input w, sparse or dense. `mask_drawn`: another product has read the input in this program.
void multiply(Recorder& recorder, const std::string& name, const LayerCall& call, ConstMat w, Tensor y,
              bool mask_drawn) {
  if (call.sparse.given()) return recorder.spmm(name, call.sparse, w, y);
  input_gemm(recorder, name, mask_drawn ? call.input.with_drawn_mask() : call.input, w, y);
}

/// dw += input^T dy, sparse or dense.
void multiply_tn(Recorder& recorder, const std::string& name, const SparseInput& sparse,
                 const LayerInput& input, Tensor dy, Mat dw) {
  if (sparse.given()) return recorder.spmm_tn(name, sparse, dy, dw);
  input_gemm_tn(recorder, name, input, dy, dw);
}

}  // namespace

SageConv::SageConv(Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
                   float weight_decay)
    : parameters_(&parameters),
      name_(name),
      in_(in),
      out_(out),
      left_(parameters.add_stacked({name + ".lin_l.weight", name + ".lin_r.weight"}, in, out,
                                   Init::kUniformFanIn, weight_decay, in)),
      right_(left_ + 1),
      bias_(parameters.add(name + ".lin_l.bias", out, 1, Init::kUniformFanIn, weight_decay, in)) {}

LayerResult SageConv::forward(Recorder& recorder, const LayerCall& call) {
  WEFT_CHECK(call.graph != nullptr, name_, ": the batch has no graph");
  const Tensor y =
      recorder.plan().transient(name_ + " output", call.graph->forward.num_rows, out_, call.output);
  if (call.sparse.given() || (!call.constant && in_ >= out_)) return multiply_first(recorder, call, y);
  return call.constant ? constant(recorder, call, y) : aggregate_first(recorder, call, y);
}

void SageConv::bias_gradient(Recorder& recorder, Tensor dy) const {
  recorder.column_sums(name_ + " bias gradient", dy, parameters_->gradient_vector(bias_));
}

Tensor SageConv::join_once(Recorder& recorder, const GraphOperator& graph, Tensor x) {
  if (joined_over_ == &graph) return once_;
  recorder.in_setup([&] {
    Tensor self = x;
    if (!graph.rows.empty()) {
      self = recorder.transient(name_ + " features of the output rows", graph.rows.size, in_);
      recorder.gather_rows(name_ + " gather output rows", x, graph.rows, self);
    }
    const std::int64_t rows = graph.forward.num_rows, c = in_;
    once_ = recorder.plan().persistent(name_ + " joined features", rows, 2 * c, recorder.storage().dtype);
    const Tensor s = recorder.activation(name_ + " aggregated features", rows, c);
    recorder.spmm(name_ + " aggregate once", graph, x, s);
    recorder.step(name_ + " join once", {s, self}, {once_}, 0, [=, to = once_](const Execution& run) {
      run.backend.run(run.stream, Convert{run.mat(s), columns(run.mat(to), 0, c)});
      run.backend.run(run.stream, Convert{run.mat(self), columns(run.mat(to), c, c)});
    });
  });
  joined_over_ = &graph;
  return once_;
}

LayerResult SageConv::constant(Recorder& recorder, const LayerCall& call, Tensor y) {
  const Tensor s = join_once(recorder, *call.graph, call.input.x);
  const ConstMat weight = parameters_->stacked_value(left_, 2);
  const Mat dweight = parameters_->stacked_gradient(left_, 2);
  const Vec<const float> bias = parameters_->value_vector(bias_);
  recorder.gemm(name_ + " product", s, weight, y, bias);
  const auto backward = [=, this, normalised = call.normalised()](Recorder& r, Tensor dy) -> Tensor {
    if (!normalised) bias_gradient(r, dy);
    r.gemm_tn(name_ + " weight gradient", s, r.as_activation(name_ + " stored gradient", dy), dweight);
    return {};
  };
  LayerResult result{y, false, backward};
  use_product_statistics(recorder, name_, s, weight, bias, call.moments, dweight, result);
  return result;
}

void SageConv::multiply_self(Recorder& recorder, const LayerCall& call, Tensor y) const {
  const Vec<const NodeId> rows = call.graph->rows;
  const ConstMat weight = parameters_->value(right_);
  if (rows.empty()) return multiply(recorder, name_ + " own product", call, weight, y, true);
  const Tensor all = recorder.transient(name_ + " own product", call.graph->forward.num_cols, out_);
  multiply(recorder, name_ + " own product", call, weight, all, true);
  recorder.gather_rows(name_ + " gather output rows", all, rows, y);
}

Tensor SageConv::spread(Recorder& recorder, const GraphOperator& graph, Tensor dy) const {
  if (!graph.rows.empty()) {
    const Tensor all = recorder.transient(name_ + " own gradient", graph.forward.num_cols, out_);
    recorder.fill_zero(name_ + " own gradient", all);
    recorder.step(name_ + " own gradient", ScatterRowsT<Operand>{dy, graph.rows, all});
    dy = all;
  }
  return recorder.as_activation(name_ + " stored gradient", dy);
}

LayerResult SageConv::multiply_first(Recorder& recorder, const LayerCall& call, Tensor y) const {
  const GraphOperator& graph = *call.graph;
  const Tensor z = recorder.activation(name_ + " product", graph.forward.num_cols, out_);
  multiply(recorder, name_ + " product", call, parameters_->value(left_), z, false);
  multiply_self(recorder, call, y);
  recorder.spmm(name_ + " aggregate", graph, z, y, parameters_->value_vector(bias_), call.moments, 1.0f);

  const auto backward = [=, this, graph = call.graph, normalised = call.normalised(), sparse = call.sparse,
                         input = call.input.with_drawn_mask(),
                         needs_dx = call.needs_input_gradient](Recorder& r, Tensor dy) -> Tensor {
    if (!normalised) bias_gradient(r, dy);
    const Tensor dz = r.activation(name_ + " product gradient", graph->backward.num_rows, out_);
    r.spmm_transposed(name_ + " aggregate back", *graph, dy, dz);
    const Tensor own = spread(r, *graph, dy);
    multiply_tn(r, name_ + " weight gradient", sparse, input, dz, parameters_->gradient(left_));
    multiply_tn(r, name_ + " own weight gradient", sparse, input, own, parameters_->gradient(right_));
    if (!needs_dx) return {};
    const Tensor dx = r.activation(name_ + " input gradient", dz.rows, in_);
    r.gemm_nt(name_ + " input gradient", dz, parameters_->value(left_), dx);
    r.gemm_nt(name_ + " own input gradient", own, parameters_->value(right_), dx, 1.0f);
    return dx;
  };
  return {y, call.normalised(), backward};
}

LayerResult SageConv::aggregate_first(Recorder& recorder, const LayerCall& call, Tensor y) const {
  const GraphOperator& graph = *call.graph;
  const Tensor x = materialised(recorder, name_ + " input", call.input);
  const Tensor s = recorder.activation(name_ + " aggregated", y.rows, in_);
  recorder.spmm(name_ + " aggregate", graph, x, s);
  multiply_self(recorder, call, y);
  recorder.gemm(name_ + " product", s, parameters_->value(left_), y, parameters_->value_vector(bias_), 1.0f);

  const auto backward = [=, this, graph = call.graph, normalised = call.normalised(),
                         input = call.input.with_drawn_mask(),
                         needs_dx = call.needs_input_gradient](Recorder& r, Tensor dy) -> Tensor {
    if (!normalised) bias_gradient(r, dy);
    const Tensor own = spread(r, *graph, dy);
    dy = graph->rows.empty() ? own : r.as_activation(name_ + " stored output gradient", dy);
    r.gemm_tn(name_ + " weight gradient", s, dy, parameters_->gradient(left_));
    input_gemm_tn(r, name_ + " own weight gradient", input, own, parameters_->gradient(right_));
    if (!needs_dx) return {};
    const Tensor ds = r.activation(name_ + " aggregated gradient", dy.rows, in_);
    r.gemm_nt(name_ + " input gradient", dy, parameters_->value(left_), ds);
    const Tensor dx = r.activation(name_ + " input gradient", graph->backward.num_rows, in_);
    r.spmm_transposed(name_ + " aggregate back", *graph, ds, dx);
    r.gemm_nt(name_ + " own input gradient", own, parameters_->value(right_), dx, 1.0f);
    return dx;
  };
  return {y, false, backward};
}

}  // namespace weft::models
