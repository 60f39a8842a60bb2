#pragma once
// Column sums and row maxima, as their contracts read.
#include <cmath>
#include <vector>

#include "tests/reference/expected.hpp"

namespace weft::reference {

/// start[j] + sum_i x[i, j], forgiving n + 1 additions in any order.
inline Expected column_sums(const std::vector<float>& x, std::int64_t n, const std::vector<float>& start) {
  const auto c = static_cast<std::int64_t>(start.size());
  Expected out(c);
  for (std::int64_t j = 0; j < c; ++j) {
    const auto col = static_cast<std::size_t>(j);
    double magnitude = std::abs(static_cast<double>(start[col]));
    out.value[col] = static_cast<double>(start[col]);
    for (std::int64_t i = 0; i < n; ++i) {
      const double value = static_cast<double>(x[static_cast<std::size_t>(i * c + j)]);
      out.value[col] += value;
      magnitude += std::abs(value);
    }
    out.bound[col] = (static_cast<double>(n) + 1.0) * kUnit * magnitude;
  }
  return out;
}

/// The first column of the largest value; NaN is smaller than everything.
inline std::int32_t argmax(const float* row, std::int64_t k) {
  const auto larger = [](float a, float b) { return std::isnan(b) ? !std::isnan(a) : a > b; };
  std::int32_t best = 0;
  for (std::int32_t j = 1; j < k; ++j) {
    if (larger(row[j], row[best])) best = j;
  }
  return best;
}

}  // namespace weft::reference
