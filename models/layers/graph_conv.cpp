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
  recorder.in_setup([&] {
    once_ = recorder.plan().persistent(name_ + " aggregated features", graph.forward.num_rows, in_,
                                       recorder.storage().dtype);
    recorder.spmm(name_ + " aggregate once", graph, x, once_);
  });
  aggregated_over_ = &graph;
  return once_;
}

void GraphConv::bias_gradient(Recorder& recorder, Tensor dy) const {
  recorder.column_sums(name_ + " bias gradient", dy, parameters_->gradient_vector(bias_));
}

LayerResult GraphConv::forward(Recorder& recorder, const LayerCall& call) {
  WEFT_CHECK(call.graph != nullptr, name_, ": the batch has no graph");
  const Tensor y =
      recorder.plan().transient(name_ + " output", call.graph->forward.num_rows, out_, call.output);
  if (call.sparse.given() || (!call.constant && in_ >= out_)) return multiply_first(recorder, call, y);
  return aggregate_first(recorder, call, y);
}

LayerResult GraphConv::multiply_first(Recorder& recorder, const LayerCall& call, Tensor y) const {
  const GraphOperator& graph = *call.graph;
  const Tensor z = recorder.activation(name_ + " product", graph.forward.num_cols, out_);
  if (call.sparse.given()) {
    recorder.spmm(name_ + " product", call.sparse, parameters_->value(weight_), z);
  } else {
    input_gemm(recorder, name_ + " product", call.input, parameters_->value(weight_), z);
  }
  recorder.spmm(name_ + " aggregate", graph, z, y, parameters_->value_vector(bias_), call.moments);

  const auto backward = [=, this, graph = call.graph, normalised = call.normalised(), sparse = call.sparse,
                         input = call.input.with_drawn_mask(),
                         needs_dx = call.needs_input_gradient](Recorder& r, Tensor dy) -> Tensor {
    if (!normalised) bias_gradient(r, dy);
    const Tensor dz = r.activation(name_ + " product gradient", graph->backward.num_rows, out_);
    r.spmm_transposed(name_ + " aggregate back", *graph, dy, dz);
    const Mat dweight = parameters_->gradient(weight_);
    if (sparse.given()) {
      r.spmm_tn(name_ + " weight gradient", sparse, dz, dweight);
    } else {
      input_gemm_tn(r, name_ + " weight gradient", input, dz, dweight);
    }
    if (!needs_dx) return {};
    const Tensor dx = r.activation(name_ + " input gradient", dz.rows, in_);
    r.gemm_nt(name_ + " input gradient", dz, parameters_->value(weight_), dx);
    return dx;
  };
  return {y, call.normalised(), backward};
}

LayerResult GraphConv::aggregate_first(Recorder& recorder, const LayerCall& call, Tensor y) {
  const GraphOperator& graph = *call.graph;
  const ConstMat weight = parameters_->value(weight_);
  const Vec<const float> bias = parameters_->value_vector(bias_);
  Tensor s;
  if (call.constant) {
    s = aggregate_once(recorder, graph, call.input.x);
  } else {
    s = recorder.activation(name_ + " aggregated", y.rows, in_);
    recorder.spmm(name_ + " aggregate", graph, materialised(recorder, name_ + " input", call.input), s);
  }
  recorder.gemm(name_ + " product", s, weight, y, bias);

  const auto backward = [=, this, graph = call.graph, normalised = call.normalised(),
                         needs_dx = call.needs_input_gradient](Recorder& r, Tensor dy) -> Tensor {
    if (!normalised) bias_gradient(r, dy);
    dy = r.as_activation(name_ + " stored gradient", dy);
    r.gemm_tn(name_ + " weight gradient", s, dy, parameters_->gradient(weight_));
    if (!needs_dx) return {};
    const Tensor ds = r.activation(name_ + " aggregated gradient", dy.rows, in_);
    r.gemm_nt(name_ + " input gradient", dy, parameters_->value(weight_), ds);
    const Tensor dx = r.activation(name_ + " input gradient", graph->backward.num_rows, in_);
    r.spmm_transposed(name_ + " aggregate back", *graph, ds, dx);
    return dx;
  };
  LayerResult result{y, false, backward};
  if (call.constant) {
    use_product_statistics(recorder, name_, s, weight, bias, call.moments, parameters_->gradient(weight_),
                           result);
  }
  return result;
}

}  // namespace weft::models
