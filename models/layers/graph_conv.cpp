#include "models/layers/graph_conv.hpp"

namespace weft::models {

GraphConv::GraphConv(Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
                     float weight_decay)
    : parameters_(&parameters),
      name_(name),
      in_(in),
      out_(out),
      weight_(parameters.add(name + ".weight", in, out, Init::kGlorotUniform, weight_decay)),
      bias_(parameters.add(name + ".bias", out, 1, Init::kZeros, weight_decay)) {}

Tensor GraphConv::aggregate_once(Recorder& recorder, const GraphOperator& graph, Tensor x) {
  if (aggregated_over_ == &graph) return once_;
  const Program program = recorder.program();
  recorder.begin(Program::kSetup);
  once_ = recorder.plan().persistent(name_ + " aggregated features", graph.forward.num_rows, in_,
                                     recorder.storage().dtype);
  recorder.spmm(name_ + " aggregate once", graph, x, once_);
  recorder.begin(program);
  aggregated_over_ = &graph;
  return once_;
}

LayerResult GraphConv::forward(Recorder& recorder, const GraphOperator& graph, const LayerCall& call) {
  if (recorder.program() == Program::kTrain) normalised_ = call.normalised();
  const std::int64_t rows = graph.forward.num_rows;
  const Tensor y = recorder.plan().transient(name_ + " output", rows, out_, call.output);
  const ConstMat weight = parameters_->value(weight_);
  const Vec<const float> bias = parameters_->value_vector(bias_);

  if (call.sparse.given() || (!call.constant && in_ >= out_)) {
    const Tensor z = recorder.activation(name_ + " product", graph.forward.num_cols, out_);
    if (call.sparse.given()) {
      recorder.spmm(name_ + " product", call.sparse, weight, z);
    } else {
      input_gemm(recorder, name_ + " product", call.input, weight, z);
    }
    if (recorder.program() == Program::kTrain) sparse_ = call.sparse;
    recorder.spmm(name_ + " aggregate", graph, z, y, bias, call.moments);
    return {y, call.normalised()};
  }
  Tensor s;
  if (call.constant) {
    s = aggregate_once(recorder, graph, call.input.x);
  } else {
    s = recorder.activation(name_ + " aggregated", rows, in_);
    recorder.spmm(name_ + " aggregate", graph, made(recorder, name_ + " input", call.input), s);
  }
  recorder.gemm(name_ + " product", s, weight, y, bias);
  if (recorder.program() == Program::kTrain) aggregated_ = s;
  return {y, call.constant && statistics_.forward(recorder, name_, s, weight, bias, call.moments)};
}

Tensor GraphConv::backward(Recorder& recorder, const GraphOperator& graph, Tensor dy, const LayerInput& input,
                           bool needs_input_gradient) {
  const Mat dweight = parameters_->gradient(weight_);
  const ConstMat weight = parameters_->value(weight_);
  if (!normalised_) recorder.column_sums(name_ + " bias gradient", dy, parameters_->gradient_vector(bias_));

  if (aggregated_.valid()) {
    dy = recorder.as_activation(name_ + " stored gradient", dy);
    recorder.gemm_tn(name_ + " weight gradient", aggregated_, dy, dweight);
    if (!needs_input_gradient) return {};
    const Tensor ds = recorder.activation(name_ + " aggregated gradient", dy.rows, in_);
    recorder.gemm_nt(name_ + " input gradient", dy, weight, ds);
    const Tensor dx = recorder.activation(name_ + " input gradient", graph.backward.num_rows, in_);
    recorder.spmm_transposed(name_ + " aggregate back", graph, ds, dx);
    return dx;
  }
  const Tensor dz = recorder.activation(name_ + " product gradient", graph.backward.num_rows, out_);
  recorder.spmm_transposed(name_ + " aggregate back", graph, dy, dz);
  if (sparse_.given()) {
    recorder.spmm_tn(name_ + " weight gradient", sparse_, dz, dweight);
  } else {
    input_gemm_tn(recorder, name_ + " weight gradient", input, dz, dweight);
  }
  if (!needs_input_gradient) return {};
  const Tensor dx = recorder.activation(name_ + " input gradient", dz.rows, in_);
  recorder.gemm_nt(name_ + " input gradient", dz, weight, dx);
  return dx;
}

void GraphConv::backward_masked(Recorder& recorder, const MaskedGradient& gradient) {
  statistics_.backward(recorder, name_, gradient, parameters_->gradient(weight_));
}

}  // namespace weft::models
