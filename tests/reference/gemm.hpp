#pragma once
// Dense products in double, element by element.
#include <cmath>
#include <vector>

#include "tests/reference/expected.hpp"

namespace weft::reference {

/// A dense matrix read by element; `transposed` swaps its indices.
struct Dense {
  const std::vector<float>& values;
  std::int64_t cols;
  bool transposed = false;

  double operator()(std::int64_t i, std::int64_t j) const {
    return values[static_cast<std::size_t>(transposed ? j * cols + i : i * cols + j)];
  }
};

/// start + a b for a [n, k], b [k, h]; `start` has n * h values, or h (a bias, the same in each row), or
/// none. |c - ref| <= (k + 2) * u * (|start| + sum |a||b|): k fused multiply-adds and two additions, in any
/// order; a sum cut in parts has no longer chain than that.
inline Expected gemm(const Dense& a, const Dense& b, std::int64_t n, std::int64_t k, std::int64_t h,
                     const std::vector<float>& start = {}) {
  Expected out(n * h);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < h; ++j) {
      const auto at = static_cast<std::size_t>(i * h + j);
      const double initial = start.empty() ? 0.0 : static_cast<double>(start[at % start.size()]);
      double sum = initial;
      double magnitude = std::abs(initial);
      for (std::int64_t s = 0; s < k; ++s) {
        sum += a(i, s) * b(s, j);
        magnitude += std::abs(a(i, s) * b(s, j));
      }
      out.value[at] = sum;
      out.bound[at] = static_cast<double>(k + 2) * kUnit * magnitude;
    }
  }
  return out;
}

}  // namespace weft::reference
