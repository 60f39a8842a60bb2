#pragma once
// Node features as the model sees them: from the dataset or made up, transformed as the recipe says.
#include <memory>
#include <vector>

#include "data/dataset.hpp"
#include "engine/config/option_groups.hpp"

namespace weft::engine {

/// A float32 matrix [n, c] on the host: a view into the dataset where nothing had to be computed, else its
/// own. Features that are kept sparse become dense here.
struct Features {
  ConstMat view;
  std::vector<float> owned;
  bool made_up = false;  ///< random: scores mean nothing
};

/// Width of the matrix that load_features will return, without making it.
/// Errors: kNotFound when features = "file" and the dataset has none, saying what to do.
std::int64_t feature_width(const data::Dataset& dataset, const FeatureOptions& options);

/// Bytes that load_features will take beyond the dataset's own.
std::size_t feature_bytes(const data::Dataset& dataset, const FeatureOptions& options);

/// The features, with log(1 + x) of every value if options.log1p says so: whoever calls has found that they
/// are counts. random:D draws independent N(0, 1) numbers from (seed, original id of the node, column).
Features load_features(const data::Dataset& dataset, const FeatureOptions& options, std::uint64_t seed,
                       int threads);

}  // namespace weft::engine
