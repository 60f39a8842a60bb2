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

LayerResult Linear::forward(Recorder& recorder, const LayerCall& call) {
  if (recorder.program() == Program::kTrain) normalised_ = call.normalised();
  const Tensor y = recorder.plan().transient(name_ + " output", call.input.x.rows, out_, call.output);
  const ConstMat weight = parameters_->value(weight_);
  const Vec<const float> bias = parameters_->value_vector(bias_);
  input_gemm(recorder, name_ + " product", call.input, weight, y, bias);
  return {y, call.constant && statistics_.forward(recorder, name_, call.input.x, weight, bias, call.moments)};
}

Tensor Linear::backward(Recorder& recorder, Tensor dy, const LayerInput& input, bool needs_input_gradient) {
  if (!normalised_) recorder.column_sums(name_ + " bias gradient", dy, parameters_->gradient_vector(bias_));
  dy = recorder.as_activation(name_ + " stored gradient", dy);
  input_gemm_tn(recorder, name_ + " weight gradient", input, dy, parameters_->gradient(weight_));
  if (!needs_input_gradient) return {};
  const Tensor dx = recorder.activation(name_ + " input gradient", dy.rows, in_);
  recorder.gemm_nt(name_ + " input gradient", dy, parameters_->value(weight_), dx);
  return dx;
}

void Linear::backward_masked(Recorder& recorder, const MaskedGradient& gradient) {
  statistics_.backward(recorder, name_, gradient, parameters_->gradient(weight_));
}

}  // namespace weft::models
