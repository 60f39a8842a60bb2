// The sparse product as one writes it down: an OpenMP loop over rows. The example of how to add one.
#include <algorithm>

#include "bench/spmm/registry.hpp"

namespace weft::bench {
namespace {

void multiply(const CsrView& a, const float* x, std::int64_t ldx, float* y, std::int64_t ldy,
              std::int64_t cols) {
#pragma omp parallel for schedule(dynamic, 256)
  for (NodeId row = 0; row < a.num_rows; ++row) {
    float* const sum = y + row * ldy;
    std::fill(sum, sum + cols, 0.0f);
    for (EdgeId e = a.offsets[row]; e < a.offsets[row + 1]; ++e) {
      const float* const from = x + a.cols[e] * ldx;
      for (std::int64_t j = 0; j < cols; ++j) sum[j] += from[j];
    }
  }
}

const RegisterSpmm naive("naive", multiply);

}  // namespace
}  // namespace weft::bench
