#pragma once
// Mean negative log-likelihood of a softmax and its gradient, in double.
#include <algorithm>
#include <cmath>
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

}  // namespace weft::reference
