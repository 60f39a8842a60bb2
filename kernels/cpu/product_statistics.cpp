// What is known of y = x w + bias from the moments of x alone. The matrices are as small as weights are, so
// that everything is done in double and a column is one chain over k.
#include <cmath>

#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {

void CpuBackend::do_product_moments(Stream&, Moments x, ConstMat w, ConstMat sw, Vec<const float> bias,
                                    Moments y) {
  const double n = x.count[0];
  y.count[0] = n;
  parallel_ranges(threads_, w.cols, kCacheLineFloats, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = begin; j < end; ++j) {
      y.sum[j] = bias.empty() ? 0.0 : n * static_cast<double>(bias[j]);
      y.m2[j] = 0.0;
    }
    for (std::int64_t k = 0; k < w.rows; ++k) {
      for (std::int64_t j = begin; j < end; ++j) {
        const double weight = static_cast<double>(w.row(k)[j]);
        y.sum[j] = std::fma(x.sum[k], weight, y.sum[j]);
        y.m2[j] = std::fma(weight, static_cast<double>(sw.row(k)[j]), y.m2[j]);
      }
    }
    for (std::int64_t j = begin; j < end; ++j) {
      if (y.m2[j] < 0.0) y.m2[j] = 0.0;  // the rounding of sw in a constant column; NaN passes
    }
  });
}

void CpuBackend::do_product_gradient(Stream&, ConstMat xg, ConstMat sw, Moments x, const Normalization& norm,
                                     Vec<const float> sums, Mat dw) {
  const double n = x.count[0];
  const std::int64_t h = dw.cols;
  parallel_ranges(threads_, dw.rows, kCacheLineFloats, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      for (std::int64_t j = 0; j < h; ++j) {
        const double gamma = static_cast<double>(norm.gamma[j]), rstd = static_cast<double>(norm.rstd[j]);
        const double sum_g = static_cast<double>(sums[j]), sum_gx = static_cast<double>(sums[h + j]);
        const double through_deviation = static_cast<double>(sw.row(k)[j]) * rstd * sum_gx;
        const double through_statistics = std::fma(x.sum[k], sum_g, through_deviation) / n;
        const double gradient = gamma * rstd * (static_cast<double>(xg.row(k)[j]) - through_statistics);
        dw.row(k)[j] = static_cast<float>(static_cast<double>(dw.row(k)[j]) + gradient);
      }
    }
  });
}

}  // namespace weft::cpu
