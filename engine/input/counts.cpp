#include "engine/input/counts.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "engine/input/stored_features.hpp"

namespace weft::engine {
namespace {

constexpr const char* kNoneAboveOne = "all are 0 or 1";

template <class T>
bool is_count(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (value != T{} && !(std::isfinite(value) && value == std::floor(value))) return false;
  }
  return value >= T{};
}

/// `name` tells a place's node and column.
template <class Values, class Name>
std::optional<std::string> look_at(const Values& values, const Name& name) {
  const auto is_no_count = [](auto value) { return !is_count(value); };
  const auto found = std::find_if(values.begin(), values.end(), is_no_count);
  if (found != values.end()) return detail::concat(name(found - values.begin()), " is ", +*found);
  const auto above_one = [](auto value) { return value > 1; };
  if (std::none_of(values.begin(), values.end(), above_one)) return kNoneAboveOne;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> why_no_counts(const data::Dataset& dataset) {
  if (const std::optional<CsrView> sparse = dataset.sparse_features()) {
    return look_at(Vec<const float>{sparse->weights, sparse->num_edges},
                   [&](std::int64_t entry) { return feature_name(dataset, *sparse, entry); });
  }
  const data::Array& stored = stored_features(dataset);
  return with_stored_values(stored, [&](auto values) {
    return look_at(values, [&](std::int64_t at) { return feature_name(dataset, stored, at); });
  });
}

bool took_log1p(std::optional<bool> said, const FeatureOptions& options, const data::Dataset& dataset) {
  if (said) return *said;
  if (!options.log1p || random_feature_width(options) || dataset.sparse_features()) return false;
  const DType dtype = stored_features(dataset).dtype;
  return dtype != DType::kF32 && dtype != DType::kF64;
}

std::vector<float> logarithms(const data::Dataset& dataset, const CsrView& features) {
  std::vector<float> logs;
  logs.reserve(static_cast<std::size_t>(features.num_edges));
  for (EdgeId e = 0; e < features.num_edges; ++e) {
    const double value = features.weights[e];
    if (value < 0.0) fail_negative(feature_name(dataset, features, e), value);
    logs.push_back(static_cast<float>(std::log1p(value)));
  }
  return logs;
}

}  // namespace weft::engine
