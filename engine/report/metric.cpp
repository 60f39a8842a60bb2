#include "engine/report/metric.hpp"

#include <fmt/format.h>

#include <cmath>

#include "kernels/base/error.hpp"

namespace weft::engine {
namespace {

/// A score as OGB's logger stores and compares it.
float stored(double score, const Metric& metric) {
  return static_cast<float>(metric.scale) * static_cast<float>(score);
}

}  // namespace

std::string Metric::shown(double score) const { return fmt::format("{:.{}f}", scale * score, decimals); }

Metric metric_named(const std::string& name) {
  constexpr std::string_view kShares[] = {"acc", "rocauc", "ap", "mrr", "F1"};
  for (const std::string_view share : kShares) {
    if (name == share) return {name};
  }
  if (name.rfind("hits@", 0) == 0) return {name};
  if (name == "rmse") return {name, false, 1.0, 4, ""};  // in the labels' own units
  fail(ErrorCode::kUnsupported, "no metric '", name,
       "' can choose an epoch; there are acc, rocauc, ap, rmse, mrr, F1 and hits@K");
}

bool beats(double score, double best, const Metric& metric) {
  const float a = stored(score, metric);
  const float b = stored(best, metric);
  if (std::isnan(a) || std::isnan(b)) return !std::isnan(a);
  return metric.higher_is_better ? a > b : a < b;
}

}  // namespace weft::engine
