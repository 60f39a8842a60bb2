// A product that is right but for one element: weft-bench must say so and not time it.
#include <algorithm>

#include "bench/spmm/registry.hpp"

namespace weft::bench {
namespace {

void multiply(const CsrView& a, const float* x, std::int64_t ldx, float* y, std::int64_t ldy,
              std::int64_t cols) {
  for (NodeId row = 0; row < a.num_rows; ++row) {
    std::fill_n(y + row * ldy, cols, 0.0f);
    for (EdgeId e = a.offsets[row]; e < a.offsets[row + 1]; ++e) {
      for (std::int64_t j = 0; j < cols; ++j) y[row * ldy + j] += x[a.cols[e] * ldx + j];
    }
  }
  y[2 * ldy + 1] += 0.25f;
}

const RegisterSpmm wrong("wrong", multiply);

}  // namespace
}  // namespace weft::bench
