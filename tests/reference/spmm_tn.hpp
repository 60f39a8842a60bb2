#pragma once
// y + A^T x in double, entry by entry.
#include "kernels/base/view.hpp"
#include "tests/reference/expected.hpp"

namespace weft::reference {

/// a [n, c], x [n, h] dense, y [c, h] what was there. |got - ref| <= (entries + 2) * u * (|y| + sum |w||x|):
/// one rounding for each entry of the column and each partial sum, in any order.
inline Expected spmm_tn(const CsrView& a, const std::vector<float>& x, std::int64_t h,
                        const std::vector<float>& y) {
  Expected out(std::int64_t{a.num_cols} * h);
  std::vector<double> entries(out.value.size(), 2.0);
  for (std::size_t i = 0; i < y.size(); ++i) {
    out.value[i] = static_cast<double>(y[i]);
    out.bound[i] = std::abs(out.value[i]);
  }
  for (std::int64_t i = 0; i < a.num_rows; ++i) {
    for (EdgeId e = a.offsets[i]; e < a.offsets[i + 1]; ++e) {
      const double weight = a.weights == nullptr ? 1.0 : static_cast<double>(a.weights[e]);
      for (std::int64_t j = 0; j < h; ++j) {
        const auto at = static_cast<std::size_t>(a.cols[e] * h + j);
        const double term = weight * static_cast<double>(x[static_cast<std::size_t>(i * h + j)]);
        out.value[at] += term;
        out.bound[at] += std::abs(term);
        entries[at] += 1.0;
      }
    }
  }
  for (std::size_t i = 0; i < out.bound.size(); ++i) out.bound[i] *= entries[i] * kUnit;
  return out;
}

}  // namespace weft::reference
