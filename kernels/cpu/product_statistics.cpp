// What is known of y = x w + bias from the moments of x alone. The matrices are as small as weights are, so
// that everything is done in double and a column is one chain over k.
#include <cmath>

#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {

void CpuBackend::do_run(Stream&, const ProductMoments& op) {
  const double n = op.x.count[0];
  op.y.count[0] = n;
  parallel_ranges(threads_, op.w.cols, kCacheLineFloats, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = begin; j < end; ++j) {
      op.y.sum[j] = op.bias.empty() ? 0.0 : n * static_cast<double>(op.bias[j]);
      op.y.m2[j] = 0.0;
    }
    for (std::int64_t k = 0; k < op.w.rows; ++k) {
      for (std::int64_t j = begin; j < end; ++j) {
        const double weight = static_cast<double>(op.w.row(k)[j]);
        op.y.sum[j] = std::fma(op.x.sum[k], weight, op.y.sum[j]);
        op.y.m2[j] = std::fma(weight, static_cast<double>(op.sw.row(k)[j]), op.y.m2[j]);
      }
    }
    for (std::int64_t j = begin; j < end; ++j) {
      if (op.y.m2[j] < 0.0) op.y.m2[j] = 0.0;  // the rounding of sw in a constant column; NaN passes
    }
  });
}

void CpuBackend::do_run(Stream&, const ProductGradient& op) {
  const double n = op.x.count[0];
  const std::int64_t h = op.dw.cols;
  parallel_ranges(threads_, op.dw.rows, kCacheLineFloats, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      for (std::int64_t j = 0; j < h; ++j) {
        const double gamma = static_cast<double>(op.norm.gamma[j]),
                     rstd = static_cast<double>(op.norm.rstd[j]);
        const double sum_g = static_cast<double>(op.sums[j]), sum_gx = static_cast<double>(op.sums[h + j]);
        const double through_deviation = static_cast<double>(op.sw.row(k)[j]) * rstd * sum_gx;
        const double through_statistics = std::fma(op.x.sum[k], sum_g, through_deviation) / n;
        const double gradient = gamma * rstd * (static_cast<double>(op.xg.row(k)[j]) - through_statistics);
        op.dw.row(k)[j] = static_cast<float>(static_cast<double>(op.dw.row(k)[j]) + gradient);
      }
    }
  });
}

}  // namespace weft::cpu
