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
  const Tensor y = recorder.plan().transient(name_ + " output", call.input.x.rows, out_, call.output);
  const ConstMat weight = parameters_->value(weight_);
  const Vec<const float> bias = parameters_->value_vector(bias_);
  input_gemm(recorder, name_ + " product", call.input, weight, y, bias);

  const auto backward = [=, this, normalised = call.normalised(), input = call.input.with_drawn_mask(),
                         needs_dx = call.needs_input_gradient](Recorder& r, Tensor dy) -> Tensor {
    if (!normalised) r.column_sums(name_ + " bias gradient", dy, parameters_->gradient_vector(bias_));
    dy = r.as_activation(name_ + " stored gradient", dy);
    input_gemm_tn(r, name_ + " weight gradient", input, dy, parameters_->gradient(weight_));
    if (!needs_dx) return {};
    const Tensor dx = r.activation(name_ + " input gradient", dy.rows, in_);
    r.gemm_nt(name_ + " input gradient", dy, parameters_->value(weight_), dx);
    return dx;
  };
  LayerResult result{y, false, backward};
  if (call.constant) {
    use_product_statistics(recorder, name_, call.input.x, weight, bias, call.moments,
                           parameters_->gradient(weight_), result);
  }
  return result;
}

}  // namespace weft::models
