#pragma once
// Dropout on the stored values of a sparse matrix, entry by entry.
#include "kernels/base/philox.hpp"
#include "kernels/base/view.hpp"
#include "tests/reference/expected.hpp"

namespace weft::reference {

/// values[e] = weight * [word >= rate 2^32] / (1 - rate). Forgives three roundings of the factor and product.
inline Expected drop_values(const CsrView& a, float rate, RandomKey key) {
  Expected out(a.num_edges);
  for (std::int64_t i = 0; i < a.num_rows; ++i) {
    for (EdgeId e = a.offsets[i]; e < a.offsets[i + 1]; ++e) {
      const auto at = static_cast<std::size_t>(e);
      const auto col = static_cast<std::uint32_t>(a.cols[e]);
      const bool dropped = random_quad(key, i, col / 4).v[col % 4] < drop_threshold(rate);
      const double weight = a.weights == nullptr ? 1.0 : static_cast<double>(a.weights[e]);
      if (!dropped) out.value[at] = weight / (1.0 - static_cast<double>(rate));
      out.bound[at] = 3.0 * kUnit * std::abs(out.value[at]);
    }
  }
  return out;
}

}  // namespace weft::reference
