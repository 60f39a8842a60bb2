#pragma once
// Node features kept sparse, where most of them are zero: bags of words. Prepared on the host, and placed
// where a backend can use them.
#include <optional>
#include <vector>

#include "data/dataset.hpp"
#include "data/graph/graph.hpp"
#include "engine/config/option_groups.hpp"
#include "kernels/buffer.hpp"
#include "models/sparse_input.hpp"

namespace weft::engine {

/// How many of the stored features are not zero, if they are at most `most`; all are counted only where a
/// sample of the rows says that they may be. Nothing for made-up features. Errors: kNotFound without
/// features.
std::optional<EdgeId> sparse_entries(const data::Dataset& dataset, const FeatureOptions& options, EdgeId most,
                                     int threads);

class SparseFeatures {
 public:
  /// Sizes only; a plan may be recorded against it. `entries` as sparse_entries() says. With `gradient` the
  /// matrix can be multiplied transposed.
  SparseFeatures(const data::Dataset& dataset, const FeatureOptions& options, EdgeId entries,
                 const Backend& backend, bool gradient);
  SparseFeatures(const SparseFeatures&) = delete;  // plans point at it
  SparseFeatures& operator=(const SparseFeatures&) = delete;

  const models::SparseMatrix& view() const { return view_; }
  /// Bytes of the backend's memory that place() takes, beyond the dataset's own.
  std::size_t bytes() const;

  /// Makes the view usable: values as the recipe transforms them. Errors: kBadData for counts below zero.
  void place(Backend& backend, Stream& stream, int threads);

 private:
  void read_stored(int threads);
  void upload(Backend& backend, Stream& stream, int threads);

  const data::Dataset& dataset_;
  const FeatureOptions& options_;
  models::SparseMatrix view_;
  bool on_host_;
  bool transposed_;

  std::vector<EdgeId> offsets_;  // on the host, where the dataset has no such array
  std::vector<NodeId> cols_;
  std::vector<float> values_;
  Buffer<EdgeId> device_offsets_, device_transposed_offsets_, device_entries_;
  Buffer<NodeId> device_cols_, device_transposed_cols_;
  Buffer<float> device_values_;
};

}  // namespace weft::engine
