#pragma once
// Losses and their gradients in double: the negative log-likelihood of a softmax, and binary cross entropy.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/reference/expected.hpp"

namespace weft::reference {

struct Loss {
  double value = 0.0;
  double bound = 0.0;
  Expected gradient;  // [r, k]
};

/// logits [r, k], labels [r] in [0, k), r >= 1.
/// The loss forgives a few roundings in float of each row's terms, the gradient a few of the probabilities:
/// an exponent that was rounded to float carries its size times a rounding into exp.
inline Loss log_softmax_nll(const std::vector<double>& logits, const std::vector<std::int32_t>& labels,
                            std::int64_t r, std::int64_t k) {
  Loss out;
  out.gradient = Expected(r * k);
  const double rows = static_cast<double>(r);
  for (std::int64_t i = 0; i < r; ++i) {
    const double* row = logits.data() + i * k;
    const std::int32_t label = labels[static_cast<std::size_t>(i)];
    const double largest = *std::max_element(row, row + k);
    double total = 0.0;
    for (std::int64_t j = 0; j < k; ++j) total += std::exp(row[j] - largest);
    const double loss = std::log(total) + largest - row[label];
    out.value += loss / rows;
    out.bound += kUnit * (4.0 * loss + 8.0) / rows;
    for (std::int64_t j = 0; j < k; ++j) {
      const auto at = static_cast<std::size_t>(i * k + j);
      const double p = std::exp(row[j] - largest) / total;
      out.gradient.value[at] = (p - (j == label ? 1.0 : 0.0)) / rows;
      out.gradient.bound[at] = kUnit * (8.0 + std::abs(row[j] - largest)) * p / rows +
                               4.0 * kUnit * std::abs(out.gradient.value[at]) + 0x1.0p-126;
    }
  }
  return out;
}

/// logits and targets [r k] each, targets in [0, 1] or NaN for none.
/// Forgives a few roundings in float of each entry's terms, and an exponential that is off by a few ulps and
/// its exponent's size.
inline Loss bce_with_logits(const std::vector<double>& logits, const std::vector<double>& targets) {
  Loss out;
  out.gradient = Expected(static_cast<std::int64_t>(logits.size()));
  double entries = 0.0;
  for (const double target : targets) entries += std::isnan(target) ? 0.0 : 1.0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double z = logits[i], target = targets[i];
    if (std::isnan(target)) continue;
    const double decay = std::exp(-std::abs(z));
    const double sigmoid = (z < 0.0 ? decay : 1.0) / (1.0 + decay);
    const double largest = std::max(z, 0.0), product = z * target, rest = std::log1p(decay);
    out.value += (largest - product + rest) / entries;
    out.bound += kUnit * (4.0 * (largest + std::abs(product) + rest) + (8.0 + std::abs(z)) * decay) / entries;
    out.gradient.value[i] = (sigmoid - target) / entries;
    out.gradient.bound[i] =
        kUnit * (4.0 * (sigmoid + target) + (8.0 + std::abs(z)) * sigmoid / (1.0 + 1.0 / decay)) / entries +
        0x1.0p-126;
  }
  if (entries == 0.0) out.value = std::numeric_limits<double>::quiet_NaN();
  return out;
}

}  // namespace weft::reference
