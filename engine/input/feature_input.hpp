#pragma once
// Node features as a model is given them: a dense matrix or a sparse one, where a backend can use it.
#include <cstdint>
#include <optional>

#include "engine/input/features.hpp"
#include "engine/input/sparse_features.hpp"

namespace weft::engine {

class FeatureInput {
 public:
  /// Sizes only. `entries` of the sparse form, as sparse_entries() says, or nothing for the dense one. `seed`
  /// is of features that are made up; with `gradient` the sparse form can be multiplied transposed.
  FeatureInput(const data::Dataset& dataset, const FeatureOptions& options, std::uint64_t seed,
               std::optional<EdgeId> entries, const Backend& backend, bool gradient);

  /// Null where features are dense. Plans may be recorded against it before place().
  const models::SparseMatrix* sparse() const { return sparse_ ? &sparse_->view() : nullptr; }
  /// After place(), where features are dense; on the backend.
  ConstMat dense() const { return dense_; }

  /// Bytes of the backend's memory that place() takes, beyond the dataset's own.
  std::size_t bytes() const;
  /// Bytes of the dataset that are used as they are stored.
  std::size_t dataset_bytes() const;

  void place(Backend& backend, Stream& stream, int threads);
  /// Gives back the host's copy where the backend has its own; with `all`, when no program reads the dense
  /// form any more, that form too.
  void release(bool all);

 private:
  const data::Dataset& dataset_;
  const FeatureOptions options_;
  const std::uint64_t seed_;
  const bool on_host_;
  std::optional<SparseFeatures> sparse_;  // or:
  Features host_;
  Matrix device_;
  ConstMat dense_;
};

}  // namespace weft::engine
