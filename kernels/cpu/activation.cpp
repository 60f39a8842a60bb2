// activate and its gradient. The gradient is two passes over x and dx: the first applies the masks and sums,
// the second needs the sums of all rows.
#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {
namespace {

ActivationArguments arguments_of(const ConstMat& x, const Activation& block, const Mat& out) {
  ActivationArguments a{};
  a.x = x.f32();
  a.ldx = x.ld;
  a.out = out.f32();
  a.ldout = out.ld;
  a.width = x.cols;
  if (!block.norm.mean.empty()) {
    a.mean = block.norm.mean.data;
    a.rstd = block.norm.rstd.data;
    a.gamma = block.norm.gamma.data;
    a.beta = block.norm.beta.data;
  }
  a.relu = block.relu;
  if (!block.row_ids.empty()) a.row_ids = block.row_ids.data;
  const Dropout& dropout = block.dropout;
  a.dropout = dropout.rate > 0.0f;
  if (!a.dropout) return a;
  const StepState& step = *dropout.step;
  const RandomKey key = random_key(step.seed, step.run, dropout.layer, Purpose::kDropout, step.step);
  a.key0 = key.k0;
  a.key1 = key.k1;
  a.threshold = drop_threshold(dropout.rate);
  a.scale = 1.0f / (1.0f - dropout.rate);
  return a;
}

}  // namespace

void CpuBackend::do_activate(Stream&, ConstMat x, const Activation& block, Mat y) {
  const ActivationArguments a = arguments_of(x, block, y);
  parallel_ranges(threads_, x.rows, kBlockRows,
                  [&](std::int64_t begin, std::int64_t end) { kernels_.activation.forward(a, begin, end); });
}

std::size_t CpuBackend::do_activate_backward_scratch(std::int64_t n, std::int64_t c) const {
  // Two sums of each block, and their means over all rows.
  return static_cast<std::size_t>((block_count(n) + 1) * 2 * c) * sizeof(float);
}

void CpuBackend::do_activate_backward(Stream& stream, ConstMat x, ConstMat dy, const Activation& block,
                                      Mat dx, Vec<float> dgamma, Vec<float> dbeta) {
  ActivationArguments a = arguments_of(x, block, dx);
  a.dy = dy.f32();
  a.lddy = dy.ld;
  const std::int64_t c = x.cols, stride = 2 * c, blocks = block_count(x.rows);
  float* const means = static_cast<float*>(stream.scratch);  // of g, then of g * xhat: [2c]
  float* const parts = means + stride;                       // their sums in each block: [blocks, 2c]

  for_each_block(threads_, x.rows, [&](std::int64_t b, std::int64_t row, std::int64_t rows) {
    kernels_.activation.backward(a, row, row + rows, parts + b * stride, parts + b * stride + c);
  });
  if (a.mean == nullptr) return;

  join_sums(threads_, parts, stride, blocks, stride, [&](std::int64_t j, double sum) {
    means[j] = static_cast<float>(sum / static_cast<double>(x.rows));
    float& gradient = j < c ? dbeta[j] : dgamma[j - c];
    gradient = static_cast<float>(static_cast<double>(gradient) + sum);
  });
  parallel_ranges(threads_, x.rows, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    kernels_.activation.through_statistics(a, begin, end, means, means + c);
  });
}

}  // namespace weft::cpu
