// activate and its gradient. The gradient is two passes over x and dx: the first applies the masks and sums,
// the second needs the sums of all rows. The first is an op of its own too.
#include "kernels/cpu/activation_arguments.hpp"
#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {

ActivationArguments activation_arguments(const ConstMat& x, const Activation& block, const Mat& out) {
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
  a.mask = dropout.mask;
  a.mask_words = dropout_mask_words(x.cols);
  a.drawn = dropout.drawn;
  return a;
}

namespace {

ActivationArguments arguments_of(const ConstMat& x, const ConstMat& dy, const Activation& block,
                                 const Mat& out) {
  ActivationArguments a = activation_arguments(x, block, out);
  a.dy = dy.f32();
  a.lddy = dy.ld;
  return a;
}

std::size_t masks_bytes(const ConstMat& x) {
  return static_cast<std::size_t>(block_count(x.rows) * 2 * x.cols) * sizeof(float);
}

/// Writes g. With a normalisation also calls done(j, sum) with the sum of g in column j for j < c and of
/// g * xhat in column j - c for the others; `parts` holds each block's sums, [blocks, 2c].
template <class Done>
void apply_masks(int threads, const ActivationKernels& activation, const ActivationArguments& a,
                 std::int64_t n, float* parts, const Done& done) {
  const std::int64_t c = a.width, stride = 2 * c;
  for_each_block(threads, n, [&](std::int64_t b, std::int64_t row, std::int64_t rows) {
    activation.backward(a, row, row + rows, parts + b * stride, parts + b * stride + c);
  });
  if (a.mean != nullptr) join_sums(threads, parts, stride, block_count(n), stride, done);
}

/// The gradient that a sum of apply_masks belongs to takes it in.
void add_sum(Vec<float> dgamma, Vec<float> dbeta, std::int64_t j, double sum) {
  float& gradient = j < dbeta.size ? dbeta[j] : dgamma[j - dbeta.size];
  gradient = static_cast<float>(static_cast<double>(gradient) + sum);
}

}  // namespace

void CpuBackend::do_run(Stream&, const Activate& op) {
  const ActivationArguments a = activation_arguments(op.x, op.block, op.y);
  parallel_ranges(threads_, op.x.rows, kBlockRows,
                  [&](std::int64_t begin, std::int64_t end) { kernels_.activation.forward(a, begin, end); });
}

std::size_t CpuBackend::do_scratch(const ActivateBackward& op) const {
  // The means over all rows of what the masks' pass sums.
  return masks_bytes(op.x) + static_cast<std::size_t>(2 * op.x.cols) * sizeof(float);
}

void CpuBackend::do_run(Stream& stream, const ActivateBackward& op) {
  const ActivationArguments a = arguments_of(op.x, op.dy, op.block, op.dx);
  const std::int64_t c = op.x.cols;
  float* const means = static_cast<float*>(stream.scratch);  // of g, then of g * xhat: [2c]
  apply_masks(threads_, kernels_.activation, a, op.x.rows, means + 2 * c, [&](std::int64_t j, double sum) {
    means[j] = static_cast<float>(sum / static_cast<double>(op.x.rows));
    add_sum(op.dgamma, op.dbeta, j, sum);
  });
  if (a.mean == nullptr) return;
  parallel_ranges(threads_, op.x.rows, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    kernels_.activation.through_statistics(a, begin, end, means, means + c);
  });
}

std::size_t CpuBackend::do_scratch(const ActivateBackwardMasks& op) const { return masks_bytes(op.x); }

void CpuBackend::do_run(Stream& stream, const ActivateBackwardMasks& op) {
  apply_masks(threads_, kernels_.activation, arguments_of(op.x, op.dy, op.block, op.g), op.x.rows,
              static_cast<float*>(stream.scratch), [&](std::int64_t j, double sum) {
                op.sums[j] = static_cast<float>(sum);
                add_sum(op.dgamma, op.dbeta, j, sum);
              });
}

}  // namespace weft::cpu
