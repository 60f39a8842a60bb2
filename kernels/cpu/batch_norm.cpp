// Batch-norm statistics: each block of rows gives its mean and its squared deviations from that mean, so that
// a column far from zero loses nothing to cancellation; blocks are joined in order in double.
#include <cmath>

#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {
namespace {

/// One column's moments of the rows so far.
struct ColumnMoments {
  double count = 0.0;
  double sum = 0.0;
  double m2 = 0.0;

  /// Takes in a block of `rows` rows whose deviations from `center` (nearly the block's mean) sum up to
  /// `deviation` and, squared, to `square`. Chan, Golub, LeVeque, 1979, formula 2.1.
  void join(double rows, double center, double deviation, double square) {
    const double block_sum = std::fma(rows, center, deviation);
    const double m2_of_block = std::fma(-deviation, deviation / rows, square);
    m2 += m2_of_block < 0.0 ? 0.0 : m2_of_block;  // a constant column's rounding; NaN passes
    if (count > 0.0) {
      const double delta = block_sum / rows - sum / count;
      m2 = std::fma(delta * delta, count * rows / (count + rows), m2);
    }
    count += rows;
    sum += block_sum;
  }
};

float reciprocal_root(double variance, float epsilon) {
  return static_cast<float>(1.0 / std::sqrt(variance + static_cast<double>(epsilon)));
}

}  // namespace

std::size_t CpuBackend::do_scratch(const BatchNormStatistics& op) const {
  return static_cast<std::size_t>(block_count(op.x.rows) * 3 * op.x.cols) * sizeof(float);
}

void CpuBackend::do_run(Stream& stream, const BatchNormStatistics& op) {
  float* const parts = static_cast<float*>(stream.scratch);
  for_each_block(threads_, op.x.rows,
                 [&](std::int64_t block, std::int64_t, std::int64_t) { block_moments(op.x, block, parts); });
  join_moments(op.x.rows, op.x.cols, parts, op.moments);
}

void CpuBackend::block_moments(ConstMat x, std::int64_t block, float* parts) const {
  const std::int64_t c = x.cols, row = block * kBlockRows, rows = std::min(kBlockRows, x.rows - row);
  float* const center = parts + block * 3 * c;
  kernels_.column.sum(x.row(row), x.ld, rows, c, center);
  for (std::int64_t j = 0; j < c; ++j) center[j] /= static_cast<float>(rows);
  // This second pass over the block finds it in the second-level cache.
  kernels_.column.deviations(x.row(row), x.ld, rows, c, center, center + c, center + 2 * c);
}

void CpuBackend::join_moments(std::int64_t n, std::int64_t c, const float* parts, Moments moments) const {
  const std::int64_t stride = 3 * c;
  moments.count[0] = static_cast<double>(n);
  parallel_ranges(threads_, c, kCacheLineFloats, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = begin; j < end; ++j) {
      ColumnMoments column;
      for (std::int64_t row = 0; row < n; row += kBlockRows) {
        const float* const part = parts + row / kBlockRows * stride + j;
        column.join(static_cast<double>(std::min(kBlockRows, n - row)), static_cast<double>(part[0]),
                    static_cast<double>(part[c]), static_cast<double>(part[2 * c]));
      }
      moments.sum[j] = column.sum;
      moments.m2[j] = column.m2;
    }
  });
}

void CpuBackend::do_run(Stream&, const BatchNormTraining& op) {
  const double count = op.moments.count[0], momentum = static_cast<double>(op.state.momentum);
  const auto towards = [&](float& running, double batch) {
    const double old = static_cast<double>(running);
    running = static_cast<float>(std::fma(momentum, batch - old, old));
  };
  for (std::int64_t j = 0; j < op.mean.size; ++j) {
    op.mean[j] = static_cast<float>(op.moments.sum[j] / count);
    op.rstd[j] = reciprocal_root(op.moments.m2[j] / count, op.state.epsilon);
    towards(op.state.running_mean[j], op.moments.sum[j] / count);
    towards(op.state.running_var[j], op.moments.m2[j] / (count - 1.0));
  }
}

void CpuBackend::do_run(Stream&, const BatchNormInference& op) {
  for (std::int64_t j = 0; j < op.mean.size; ++j) {
    op.mean[j] = op.state.running_mean[j];
    op.rstd[j] = reciprocal_root(static_cast<double>(op.state.running_var[j]), op.state.epsilon);
  }
}

}  // namespace weft::cpu
