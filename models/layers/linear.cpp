#include "models/layers/linear.hpp"

namespace weft::models {

Linear::Linear(Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
               float weight_decay)
    : parameters_(&parameters),
      name_(name),
      in_(in),
      out_(out),
      weight_(parameters.add(name + ".weight", in, out, Init::kUniformFanIn, weight_decay, in)),
      bias_(parameters.add(name + ".bias", out, 1, Init::kUniformFanIn, weight_decay, in)) {}

Tensor Linear::forward(Recorder& recorder, Tensor x) {
  const Tensor y = recorder.transient(name_ + " output", x.rows, out_);
  recorder.gemm(name_ + " product", x, parameters_->value(weight_), y, parameters_->value_vector(bias_));
  return y;
}

Tensor Linear::backward(Recorder& recorder, Tensor dy, const InputSource& input, bool needs_input_gradient) {
  recorder.column_sums(name_ + " bias gradient", dy, parameters_->gradient_vector(bias_));
  recorder.gemm_tn(name_ + " weight gradient", input(), dy, parameters_->gradient(weight_));
  if (!needs_input_gradient) return {};
  const Tensor dx = recorder.transient(name_ + " input gradient", dy.rows, in_);
  recorder.gemm_nt(name_ + " input gradient", dy, parameters_->value(weight_), dx);
  return dx;
}

}  // namespace weft::models
