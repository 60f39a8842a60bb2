#pragma once
// activate and activate_backward in double, as their formulas read.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/base/philox.hpp"
#include "tests/reference/expected.hpp"

namespace weft::reference {

/// One activation block on host data. The normalisation is absent when gamma is empty.
struct ActivationProblem {
  std::int64_t n = 0;
  std::int64_t c = 0;
  std::vector<double> x;                        // [n, c]
  std::vector<double> mean, rstd, gamma, beta;  // [c] each, or empty
  bool relu = false;
  float rate = 0.0f;            // dropout, in [0, 1)
  RandomKey key;                // of the dropout
  std::vector<NodeId> row_ids;  // [n], or empty: 0 .. n-1

  std::size_t at(std::int64_t i, std::int64_t j) const { return static_cast<std::size_t>(i * c + j); }
  bool normalized() const { return !gamma.empty(); }

  double xhat(std::int64_t i, std::int64_t j) const {
    const auto col = static_cast<std::size_t>(j);
    return normalized() ? (x[at(i, j)] - mean[col]) * rstd[col] : x[at(i, j)];
  }
  /// What goes into the ReLU.
  double pre(std::int64_t i, std::int64_t j) const {
    const auto col = static_cast<std::size_t>(j);
    return normalized() ? xhat(i, j) * gamma[col] + beta[col] : x[at(i, j)];
  }
  bool dropped(std::int64_t i, std::int64_t j) const {
    if (rate == 0.0f) return false;
    const std::int64_t row = row_ids.empty() ? i : row_ids[static_cast<std::size_t>(i)];
    const RandomBlock words = random_quad(key, row, static_cast<std::uint32_t>(j / 4));
    return words.v[j % 4] < drop_threshold(rate);
  }
  /// The dropout's factor: 0 or 1 / (1 - rate).
  double factor(std::int64_t i, std::int64_t j) const {
    return dropped(i, j) ? 0.0 : 1.0 / (1.0 - static_cast<double>(rate));
  }
};

/// y = dropout(relu(norm(x))). Forgives two roundings on the way to xhat, one after the multiply-add, and
/// three of the dropout's factor.
inline Expected activate(const ActivationProblem& p) {
  Expected y(p.n * p.c);
  for (std::int64_t i = 0; i < p.n; ++i) {
    for (std::int64_t j = 0; j < p.c; ++j) {
      const double pre = p.pre(i, j);
      const double scaled =
          p.normalized() ? std::abs(p.xhat(i, j) * p.gamma[static_cast<std::size_t>(j)]) : 0.0;
      y.value[p.at(i, j)] = (p.relu ? std::max(pre, 0.0) : pre) * p.factor(i, j);
      y.bound[p.at(i, j)] = kUnit * (3.0 * scaled + 4.0 * std::abs(pre)) * p.factor(i, j);
    }
  }
  return y;
}

struct ActivationGradients {
  Expected g;              // [n, c] dy through dropout and ReLU
  Expected dx;             // [n, c]
  Expected dgamma, dbeta;  // [c], empty without normalisation
};

/// The gradients with respect to what comes before dropout and ReLU, x (through the statistics too), gamma
/// and beta. Sums are forgiven the rounding of n additions in any order; masks are taken as exact, so that no
/// element may lie within rounding of the ReLU's kink.
inline ActivationGradients activate_backward(const ActivationProblem& p, const std::vector<double>& dy) {
  ActivationGradients out;
  out.dx = Expected(p.n * p.c);
  for (std::int64_t i = 0; i < p.n; ++i) {
    for (std::int64_t j = 0; j < p.c; ++j) {
      const bool passes = !p.relu || p.pre(i, j) > 0.0;
      const double g = passes ? dy[p.at(i, j)] * p.factor(i, j) : 0.0;
      out.dx.value[p.at(i, j)] = g;
      out.dx.bound[p.at(i, j)] = 4.0 * kUnit * std::abs(g);
    }
  }
  out.g = out.dx;
  if (!p.normalized()) return out;

  const double rounding = (static_cast<double>(p.n) + 8.0) * kUnit;
  out.dgamma = Expected(p.c);
  out.dbeta = Expected(p.c);
  for (std::int64_t j = 0; j < p.c; ++j) {
    const auto col = static_cast<std::size_t>(j);
    double gamma_magnitude = 0.0, beta_magnitude = 0.0;
    for (std::int64_t i = 0; i < p.n; ++i) {
      const double g = out.g.value[p.at(i, j)];
      out.dgamma.value[col] += g * p.xhat(i, j);
      out.dbeta.value[col] += g;
      gamma_magnitude += std::abs(g * p.xhat(i, j));
      beta_magnitude += std::abs(g);
    }
    out.dgamma.bound[col] = rounding * gamma_magnitude;
    out.dbeta.bound[col] = rounding * beta_magnitude;
    for (std::int64_t i = 0; i < p.n; ++i) {
      const double n = static_cast<double>(p.n);
      const double g = out.g.value[p.at(i, j)], xhat = p.xhat(i, j), factor = p.gamma[col] * p.rstd[col];
      const double mean_g = out.dbeta.value[col] / n, mean_gx = out.dgamma.value[col] / n;
      const double magnitude = std::abs(g) + std::abs(mean_g) + std::abs(xhat * mean_gx);
      const double inherited = (out.dbeta.bound[col] + std::abs(xhat) * out.dgamma.bound[col]) / n;
      out.dx.value[p.at(i, j)] = factor * (g - mean_g - xhat * mean_gx);
      out.dx.bound[p.at(i, j)] = std::abs(factor) * (8.0 * kUnit * magnitude + inherited);
    }
  }
  return out;
}

}  // namespace weft::reference
