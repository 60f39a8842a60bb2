#pragma once
// Batch statistics in double, two passes.
#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/reference/expected.hpp"

namespace weft::reference {

struct ColumnMoments {
  Expected sum;  // [c]
  Expected m2;   // [c] sum of squared deviations from the mean
};

/// Moments of the columns of x [n, c], whose elements may be off by their bounds. Forgives sums of n rounded
/// terms in any order; the deviations are taken from a mean that carries the rounding of such a sum.
inline ColumnMoments column_moments(const Expected& x, std::int64_t n, std::int64_t c) {
  ColumnMoments out{Expected(c), Expected(c)};
  const double rows = static_cast<double>(n), rounding = (rows + 4.0) * kUnit;
  for (std::int64_t j = 0; j < c; ++j) {
    const auto col = static_cast<std::size_t>(j);
    const auto at = [&](std::int64_t i) { return static_cast<std::size_t>(i * c + j); };
    double magnitude = 0.0, inherited = 0.0, largest = 0.0;
    for (std::int64_t i = 0; i < n; ++i) {
      const double value = x.value[at(i)];
      out.sum.value[col] += value;
      magnitude += std::abs(value);
      inherited += x.bound[at(i)];
      largest = std::max(largest, std::abs(value));
    }
    const double mean = out.sum.value[col] / rows;
    out.sum.bound[col] = rounding * magnitude + inherited;
    for (std::int64_t i = 0; i < n; ++i) {
      const double deviation = x.value[at(i)] - mean, error = x.bound[at(i)] + inherited / rows;
      out.m2.value[col] += deviation * deviation;
      out.m2.bound[col] += (2.0 * std::abs(deviation) + error) * error;
    }
    const double mean_error = rounding * magnitude / rows + kUnit * largest;
    out.m2.bound[col] += 2.0 * rounding * out.m2.value[col] + rows * mean_error * mean_error;
  }
  return out;
}

inline ColumnMoments column_moments(const std::vector<float>& x, std::int64_t n, std::int64_t c) {
  Expected exact(n * c);
  exact.value.assign(x.begin(), x.end());
  return column_moments(exact, n, c);
}

/// What one training batch leaves in the running statistics (PyTorch's BatchNorm1d: the new batch weighs
/// `momentum`, its variance is the unbiased one).
struct RunningStatistics {
  double mean = 0.0;
  double var = 0.0;
};

inline RunningStatistics updated(RunningStatistics old, double count, double sum, double m2,
                                 double momentum) {
  return {(1.0 - momentum) * old.mean + momentum * sum / count,
          (1.0 - momentum) * old.var + momentum * m2 / (count - 1.0)};
}

}  // namespace weft::reference
