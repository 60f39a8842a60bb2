#include "models/layers/layer.hpp"

namespace weft::models {

LayerInput LayerInput::with_drawn_mask() const {
  LayerInput later = *this;
  if (later.block) later.block = block->with_drawn_mask();
  return later;
}

Tensor materialised(Recorder& recorder, const std::string& name, const LayerInput& input) {
  if (!input.block) return input.x;
  const Tensor y = recorder.activation(name + " output", input.x.rows, input.x.cols);
  recorder.activate(name + " activate", input.x, *input.block, y);
  return y;
}

void input_gemm(Recorder& recorder, const std::string& name, const LayerInput& input, ConstMat w, Tensor y,
                Vec<const float> bias) {
  if (input.block) return recorder.gemm_activated(name, input.x, *input.block, w, y, bias);
  recorder.gemm(name, input.x, w, y, bias);
}

void input_gemm_tn(Recorder& recorder, const std::string& name, const LayerInput& input, Tensor dy, Mat dw) {
  if (input.block) return recorder.gemm_tn_activated(name, input.x, *input.block, dy, dw);
  recorder.gemm_tn(name, input.x, dy, dw);
}

}  // namespace weft::models
