#pragma once
// The statistics of y = x w + bias and the gradient of w through the batch norm of y, by the direct route
// over all rows, in double: what the ops that know x by its moments alone must agree with.
#include <cmath>
#include <vector>

#include "tests/reference/batch_norm.hpp"
#include "tests/reference/expected.hpp"

namespace weft::reference {

/// x [n, c], w [c, h], bias [h] or empty; y = x w + bias.
struct ProductProblem {
  std::int64_t n = 0;
  std::int64_t c = 0;
  std::int64_t h = 0;
  std::vector<float> x, w, bias;

  double at_x(std::int64_t i, std::int64_t k) const { return static_cast<double>(x[index(i, c, k)]); }
  double at_w(std::int64_t k, std::int64_t j) const { return static_cast<double>(w[index(k, h, j)]); }

  static std::size_t index(std::int64_t row, std::int64_t cols, std::int64_t col) {
    return static_cast<std::size_t>(row * cols + col);
  }

  std::vector<double> y() const {
    std::vector<double> out(static_cast<std::size_t>(n * h), 0.0);
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < h; ++j) {
        double sum = bias.empty() ? 0.0 : static_cast<double>(bias[static_cast<std::size_t>(j)]);
        for (std::int64_t k = 0; k < c; ++k) sum += at_x(i, k) * at_w(k, j);
        out[index(i, h, j)] = sum;
      }
    }
    return out;
  }
  std::vector<double> sum_x() const {
    std::vector<double> sums(static_cast<std::size_t>(c), 0.0);
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t k = 0; k < c; ++k) sums[static_cast<std::size_t>(k)] += at_x(i, k);
    }
    return sums;
  }
  /// S w [c, h] with S = sum_i (x_i - mean) (x_i - mean)^T.
  std::vector<double> scatter_times_w() const {
    const auto sums = sum_x();
    std::vector<double> scatter(static_cast<std::size_t>(c * c), 0.0),
        product(static_cast<std::size_t>(c * h), 0.0);
    const auto deviation = [&](std::int64_t i, std::int64_t k) {
      return at_x(i, k) - sums[static_cast<std::size_t>(k)] / static_cast<double>(n);
    };
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t k = 0; k < c; ++k) {
        for (std::int64_t l = 0; l < c; ++l) scatter[index(k, c, l)] += deviation(i, k) * deviation(i, l);
      }
    }
    for (std::int64_t k = 0; k < c; ++k) {
      for (std::int64_t l = 0; l < c; ++l) {
        for (std::int64_t j = 0; j < h; ++j) product[index(k, h, j)] += scatter[index(k, c, l)] * at_w(l, j);
      }
    }
    return product;
  }
};

/// Moments of the columns of y. Forgives one rounding of each element of S w, and sums of c + 1 terms in
/// float in any order.
inline ColumnMoments product_moments(const ProductProblem& p) {
  Expected exact(p.n * p.h);
  exact.value = p.y();
  ColumnMoments out = column_moments(exact, p.n, p.h);
  const auto sums = p.sum_x(), sw = p.scatter_times_w();
  const double rounding = (static_cast<double>(p.c) + 4.0) * kUnit;
  for (std::int64_t j = 0; j < p.h; ++j) {
    const auto col = static_cast<std::size_t>(j);
    double sum = p.bias.empty() ? 0.0 : static_cast<double>(p.n) * std::abs(static_cast<double>(p.bias[col]));
    double m2 = 0.0;
    for (std::int64_t k = 0; k < p.c; ++k) {
      sum += std::abs(sums[static_cast<std::size_t>(k)] * p.at_w(k, j));
      m2 += std::abs(p.at_w(k, j) * sw[ProductProblem::index(k, p.h, j)]);
    }
    out.sum.bound[col] = rounding * sum;
    out.m2.bound[col] = rounding * m2;
  }
  return out;
}

/// What follows the product: a batch norm with these mean and rstd, gamma [h], and g [n, h], the gradient of
/// its output before gamma.
struct BehindProduct {
  std::vector<double> mean, rstd;  // [h]
  std::vector<float> gamma;        // [h]
  std::vector<float> g;            // [n, h]
};

/// sum_i g and sum_i g * xhat, [2 h].
inline std::vector<double> sums_of_g(const ProductProblem& p, const BehindProduct& behind) {
  const auto y = p.y();
  std::vector<double> sums(static_cast<std::size_t>(2 * p.h), 0.0);
  for (std::int64_t i = 0; i < p.n; ++i) {
    for (std::int64_t j = 0; j < p.h; ++j) {
      const auto col = static_cast<std::size_t>(j), at = ProductProblem::index(i, p.h, j);
      const double g = static_cast<double>(behind.g[at]);
      sums[col] += g;
      sums[col + static_cast<std::size_t>(p.h)] += g * (y[at] - behind.mean[col]) * behind.rstd[col];
    }
  }
  return sums;
}

/// start + x^T dy with dy the gradient of y through the batch norm, element by element. Forgives one rounding
/// each of x^T g, S w, the sums of g and rstd, and a few operations in float on terms of these sizes.
inline Expected product_gradient(const ProductProblem& p, const BehindProduct& behind,
                                 const std::vector<float>& start) {
  const auto y = p.y(), sums = sums_of_g(p, behind), sum_x = p.sum_x(), sw = p.scatter_times_w();
  const double n = static_cast<double>(p.n);
  Expected out(p.c * p.h);
  for (std::int64_t k = 0; k < p.c; ++k) {
    for (std::int64_t j = 0; j < p.h; ++j) {
      const auto col = static_cast<std::size_t>(j), at = ProductProblem::index(k, p.h, j);
      const double rstd = behind.rstd[col], factor = static_cast<double>(behind.gamma[col]) * rstd;
      const double sum_g = sums[col], sum_gx = sums[col + static_cast<std::size_t>(p.h)];
      double gradient = 0.0, xg = 0.0;
      for (std::int64_t i = 0; i < p.n; ++i) {
        const auto here = ProductProblem::index(i, p.h, j);
        const double g = static_cast<double>(behind.g[here]), xhat = (y[here] - behind.mean[col]) * rstd;
        gradient += p.at_x(i, k) * factor * (g - sum_g / n - xhat * sum_gx / n);
        xg += p.at_x(i, k) * g;
      }
      const double terms = std::abs(xg) + std::abs(sum_x[static_cast<std::size_t>(k)] * sum_g / n) +
                           std::abs(sw[at] * rstd * sum_gx / n);
      out.value[at] = static_cast<double>(start[at]) + gradient;
      out.bound[at] = 8.0 * kUnit * (std::abs(factor) * terms + std::abs(static_cast<double>(start[at])));
    }
  }
  return out;
}

}  // namespace weft::reference
