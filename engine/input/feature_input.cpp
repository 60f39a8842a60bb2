#include "engine/input/feature_input.hpp"

namespace weft::engine {

FeatureInput::FeatureInput(const data::Dataset& dataset, const FeatureOptions& options, std::uint64_t seed,
                           std::optional<EdgeId> entries, const Backend& backend, bool gradient)
    : dataset_(dataset), options_(options), seed_(seed), on_host_(backend.reads_host_memory()) {
  if (entries) sparse_.emplace(dataset_, options_, *entries, backend, gradient);
}

std::size_t FeatureInput::bytes() const {
  if (sparse_) return sparse_->bytes();
  if (on_host_) return feature_bytes(dataset_, options_);
  return static_cast<std::size_t>(dataset_.nodes().rows * feature_width(dataset_, options_)) * sizeof(float);
}

std::size_t FeatureInput::dataset_bytes() const {
  const bool as_stored = !sparse_ && feature_bytes(dataset_, options_) == 0;
  return as_stored ? dataset_.nodes().columns.at("node_feat").bytes() : 0;
}

void FeatureInput::place(Backend& backend, Stream& stream, int threads) {
  if (sparse_) return sparse_->place(backend, stream, threads);
  host_ = load_features(dataset_, options_, seed_, threads);
  dense_ = host_.view;
  if (on_host_) return;
  device_ = Matrix(backend, dense_.rows, dense_.cols, "features");
  device_.values().upload(stream, dense_.f32());
  dense_ = device_.view();
}

void FeatureInput::release(bool all) {
  if (all || !on_host_) host_ = {};
  if (all) device_ = {};
}

}  // namespace weft::engine
