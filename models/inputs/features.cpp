#include "models/inputs/features.hpp"

namespace weft::models {
namespace {

Tensor gathered(Recorder& recorder, const Batch& batch) {
  if (batch.rows.empty()) return batch.features;
  const bool as_is = batch.features.dtype == recorder.storage().dtype;
  const char* const name = "features of the output rows";
  const std::int64_t rows = batch.rows.size, cols = batch.features.cols;
  const Tensor x =
      as_is ? recorder.plan().persistent(name, rows, cols) : recorder.transient(name, rows, cols);
  recorder.gather_rows("gather output rows", batch.features, batch.rows, x);
  return x;
}

/// The features of the output rows in the type of activations, made in setup.
Tensor output_rows(Recorder& recorder, const Batch& batch) {
  Tensor x;
  recorder.in_setup([&] { x = recorder.as_activation("stored features", gathered(recorder, batch)); });
  return x;
}

}  // namespace

Features::Features(Parameters& parameters, std::int64_t channels, float dropout, bool all_rows)
    : all_rows_(all_rows) {
  if (dropout > 0.0f) {
    dropout_.emplace(parameters, "input", channels, ActivationBlockOptions{false, false, dropout, 0});
  }
}

EncoderInput Features::forward(Recorder& recorder, const Batch& batch) const {
  const bool drops = dropout_ && recorder.program() == Program::kTrain;
  EncoderInput input;
  input.constant = batch.constant_features && !drops;
  input.row_ids = all_rows_ || !batch.original_ids.empty() ? batch.original_ids : batch.rows;
  if (batch.sparse_features != nullptr) {
    input.sparse =
        drops ? dropout_->drop_values(recorder, *batch.sparse_features) : SparseInput{batch.sparse_features};
    return input;
  }
  input.x = {all_rows_ ? batch.features : output_rows(recorder, batch)};
  if (drops) input.x = dropout_->forward(recorder, input.x.x, input.row_ids, false).y;
  return input;
}

}  // namespace weft::models
