#include "engine/input/features.hpp"

#include <cmath>
#include <numbers>

#include "data/base/parallel.hpp"
#include "engine/input/counts.hpp"
#include "engine/input/stored_features.hpp"
#include "kernels/base/philox.hpp"

namespace weft::engine {
namespace {

bool needs_copy(const data::Dataset& dataset, const FeatureOptions& options) {
  if (random_feature_width(options) || dataset.sparse_features()) return true;
  return stored_features(dataset).dtype != DType::kF32 || options.log1p || options.row_normalize;
}

void convert_values(const data::Dataset& dataset, bool log1p, float* out, int threads) {
  const data::Array& stored = stored_features(dataset);
  with_stored_values(stored, [&](auto in) {
    data::parallel_ranges(in.size, threads, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const double value = static_cast<double>(in[i]);
        if (log1p && value < 0.0) fail_negative(feature_name(dataset, stored, i), in[i]);
        out[i] = static_cast<float>(log1p ? std::log1p(value) : value);
      }
    });
  });
}

/// `out` is zero.
void scatter_sparse(const CsrView& features, float* out, int threads) {
  data::parallel_ranges(features.num_rows, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      float* row = out + r * features.num_cols;
      for (EdgeId e = features.offsets[r]; e < features.offsets[r + 1]; ++e)
        row[features.cols[e]] = features.weights[e];
    }
  });
}

void normalize_rows(float* values, std::int64_t rows, std::int64_t cols, int threads) {
  data::parallel_ranges(rows, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) normalize_row(values + r * cols, cols);
  });
}

// Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958: two words give two deviates.
void gaussian_pair(std::uint32_t a, std::uint32_t b, float* out) {
  const double radius = std::sqrt(-2.0 * std::log((a + 0.5) * 0x1.0p-32));
  const double angle = 2.0 * std::numbers::pi * b * 0x1.0p-32;
  out[0] = static_cast<float>(radius * std::cos(angle));
  out[1] = static_cast<float>(radius * std::sin(angle));
}

void fill_gaussian(std::vector<float>& out, const data::Dataset& dataset, std::int64_t cols,
                   std::uint64_t seed, int threads) {
  const std::int64_t rows = dataset.nodes().rows;
  const Vec<const NodeId> order = dataset.node_order();
  const RandomKey key = random_key(seed, 0, 0, Purpose::kFeatures, 0);
  data::parallel_ranges(rows, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const std::int64_t id = order.empty() ? r : order[r];
      for (std::int64_t c = 0; c < cols; c += 4) {
        const RandomBlock words = random_quad(key, id, static_cast<std::uint32_t>(c / 4));
        float quad[4];
        gaussian_pair(words.v[0], words.v[1], quad);
        gaussian_pair(words.v[2], words.v[3], quad + 2);
        for (std::int64_t k = 0; k < 4 && c + k < cols; ++k)
          out[static_cast<std::size_t>(r * cols + c + k)] = quad[k];
      }
    }
  });
}

}  // namespace

std::int64_t feature_width(const data::Dataset& dataset, const FeatureOptions& options) {
  if (const auto width = random_feature_width(options)) return *width;
  if (dataset.facts.sparse_columns > 0) return dataset.facts.sparse_columns;
  return stored_features(dataset).cols();
}

std::size_t feature_bytes(const data::Dataset& dataset, const FeatureOptions& options) {
  if (!needs_copy(dataset, options)) return 0;
  return static_cast<std::size_t>(dataset.nodes().rows * feature_width(dataset, options)) * sizeof(float);
}

Features load_features(const data::Dataset& dataset, const FeatureOptions& options, std::uint64_t seed,
                       int threads) {
  Features features;
  const std::int64_t rows = dataset.nodes().rows;
  const std::int64_t cols = feature_width(dataset, options);
  features.made_up = random_feature_width(options).has_value();
  const void* values = nullptr;
  if (features.made_up) {
    features.owned.resize(static_cast<std::size_t>(rows * cols));
    fill_gaussian(features.owned, dataset, cols, seed, threads);
  } else if (std::optional<CsrView> sparse = dataset.sparse_features()) {
    std::vector<float> logs;
    if (options.log1p) logs = logarithms(dataset, *sparse);
    if (options.log1p) sparse->weights = logs.data();
    features.owned.resize(static_cast<std::size_t>(rows * cols));
    scatter_sparse(*sparse, features.owned.data(), threads);
  } else {
    const data::Array& stored = stored_features(dataset);
    if (needs_copy(dataset, options)) {
      features.owned.resize(static_cast<std::size_t>(rows * cols));
      convert_values(dataset, options.log1p, features.owned.data(), threads);
    } else {
      values = stored.data;
    }
  }
  if (!features.owned.empty()) {
    values = features.owned.data();
    if (options.row_normalize) normalize_rows(features.owned.data(), rows, cols, threads);
  }
  features.view = {values, rows, cols, cols, DType::kF32};
  return features;
}

}  // namespace weft::engine
