#pragma once
// The sparse product in double, edge by edge.
#include <cmath>
#include <vector>

#include "kernels/backend.hpp"
#include "tests/reference/expected.hpp"

namespace weft::reference {

/// row_scale * (A (col_scale * x)) + bias on the host; a vector that is not given is empty. x is dense [m,
/// c]. |y - ref| <= (degree + 3) * u * (|row_scale| sum |w||col_scale||x| + |bias|): one rounding for each
/// edge's factor, `degree` for the sum, one for the scale and bias, in any order.
inline Expected spmm(const CsrView& a, const std::vector<float>& x, std::int64_t c,
                     const SpmmOptions& options) {
  Expected out(std::int64_t{a.num_rows} * c);
  for (std::int64_t i = 0; i < a.num_rows; ++i) {
    for (std::int64_t j = 0; j < c; ++j) {
      double sum = 0.0;
      double magnitude = 0.0;
      for (EdgeId e = a.offsets[i]; e < a.offsets[i + 1]; ++e) {
        const std::int64_t from = a.cols[e];
        const double weight = a.weights == nullptr ? 1.0 : static_cast<double>(a.weights[e]);
        const double scale = options.col_scale.empty() ? 1.0 : static_cast<double>(options.col_scale[from]);
        const double term = weight * scale * static_cast<double>(x[static_cast<std::size_t>(from * c + j)]);
        sum += term;
        magnitude += std::abs(term);
      }
      const double scale = options.row_scale.empty() ? 1.0 : static_cast<double>(options.row_scale[i]);
      const double bias = options.bias.empty() ? 0.0 : static_cast<double>(options.bias[j]);
      const auto at = static_cast<std::size_t>(i * c + j);
      const auto degree = static_cast<double>(a.offsets[i + 1] - a.offsets[i]);
      out.value[at] = scale * sum + bias;
      out.bound[at] = (degree + 3.0) * kUnit * (std::abs(scale) * magnitude + std::abs(bias));
    }
  }
  return out;
}

}  // namespace weft::reference
