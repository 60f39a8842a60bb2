#include "models/layers/activation_block.hpp"

namespace weft::models {

ActivationBlock::ActivationBlock(Parameters& parameters, const std::string& name, std::int64_t channels,
                                 const ActivationBlockOptions& options)
    : parameters_(&parameters), name_(name), channels_(channels), options_(options) {
  if (!options_.batch_norm) return;
  gamma_ = parameters.add(name + ".weight", channels, 1, Init::kOnes, 0.0f);
  beta_ = parameters.add(name + ".bias", channels, 1, Init::kZeros, 0.0f);
  running_mean_ = parameters.add_state(name + ".running_mean", channels, 0.0f);
  running_var_ = parameters.add_state(name + ".running_var", channels, 1.0f);
}

void ActivationBlock::allocate(Backend& backend) {
  if (!options_.batch_norm) return;
  moments_ = Buffer<double>(backend, 1 + 2 * channels_, "batch norm moments");
  statistics_ = Buffer<float>(backend, 2 * channels_, "batch norm statistics");
}

Activation ActivationBlock::block(const Recorder& recorder, Vec<const NodeId> row_ids) const {
  Activation block;
  block.relu = options_.relu;
  block.row_ids = row_ids;
  if (options_.batch_norm) {
    block.norm = {{statistics_.data(), channels_},
                  {statistics_.data() + channels_, channels_},
                  parameters_->value_vector(gamma_),
                  parameters_->value_vector(beta_)};
  }
  if (recorder.program() == Program::kTrain) {
    block.dropout = {options_.dropout, options_.dropout_id, recorder.step()};
  }
  return block;
}

Moments ActivationBlock::wanted_moments(const Recorder& recorder) const {
  if (!options_.batch_norm || recorder.program() != Program::kTrain) return {};
  double* const count = moments_.data();
  return {count, {count + 1, channels_}, {count + 1 + channels_, channels_}};
}

void ActivationBlock::normalise(Recorder& recorder, Tensor x, bool has_moments) const {
  const Vec<float> mean{statistics_.data(), channels_};
  const Vec<float> rstd{statistics_.data() + channels_, channels_};
  const BatchNormState state{parameters_->state(running_mean_), parameters_->state(running_var_)};
  if (recorder.program() != Program::kTrain) {
    recorder.batch_norm_inference(name_ + " running statistics", state, mean, rstd);
    return;
  }
  const Moments moments = wanted_moments(recorder);
  if (!has_moments) recorder.batch_norm_statistics(name_ + " moments", x, moments);
  recorder.batch_norm_training(name_ + " statistics", moments, state, mean, rstd);
}

BlockResult ActivationBlock::forward(Recorder& recorder, Tensor x, Vec<const NodeId> row_ids,
                                     bool has_moments) const {
  if (options_.batch_norm) normalise(recorder, x, has_moments);
  BlockCall call{block(recorder, row_ids)};
  if (recorder.storage().keep_masks && call.block.dropout.rate > 0.0f) {
    const std::int64_t words = x.rows * dropout_mask_words(x.cols);
    call.mask = recorder.transient(name_ + " mask", 1, 2 * words);  // a word is two floats
  }
  LayerInput y{x, call};
  if (recorder.storage().keep_hidden) y = {materialised(recorder, name_, y)};
  return {y, x, call.with_drawn_mask()};
}

SparseInput ActivationBlock::drop_values(Recorder& recorder, const SparseMatrix& x) const {
  return recorder.drop_values(name_ + " dropout", x, block(recorder, {}).dropout);
}

void ActivationBlock::backward(Recorder& recorder, const BlockResult& forward, Tensor dy) const {
  Vec<float> dgamma, dbeta;
  if (options_.batch_norm) {
    dgamma = parameters_->gradient_vector(gamma_);
    dbeta = parameters_->gradient_vector(beta_);
  }
  recorder.activate_backward(name_ + " backward", forward.x, dy, forward.call, dgamma, dbeta);
}

MaskedGradient ActivationBlock::backward_masks(Recorder& recorder, const BlockResult& forward,
                                               Tensor dy) const {
  const Tensor sums = recorder.transient(name_ + " gradient sums", 1, 2 * channels_);
  recorder.activate_backward_masks(name_ + " backward", forward.x, dy, forward.call,
                                   parameters_->gradient_vector(gamma_), parameters_->gradient_vector(beta_),
                                   sums);
  return {dy, forward.call.block.norm, sums};
}

}  // namespace weft::models
