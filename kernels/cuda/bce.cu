// Binary cross entropy of logits where targets may be missing (NaN), in two passes: the mean and with it the
// gradient need the number of targets, which the first pass counts while it sums the losses. The second pass
// reads again: 20rk bytes in all, memory-bound.
#include "kernels/cuda/block_sum.cuh"
#include "kernels/cuda/columns.cuh"
#include "kernels/cuda/cuda_backend.hpp"

namespace weft::WEFT_DEVICE_NS {
namespace {

/// Sums of parts, and what the gradient needs of them, in scratch.
struct BceParts {
  double* losses = nullptr;         // [count]
  std::int64_t* targets = nullptr;  // [count]
  float* weight = nullptr;          // [1]  1 / targets of all parts
  std::int64_t count = 0;

  static std::int64_t parts_of(std::int64_t r, std::int64_t k) {
    return reduction_parts(r, k) * ceil_div(k, kTileColumns);
  }
  static std::size_t bytes(std::int64_t r, std::int64_t k) {
    return static_cast<std::size_t>(parts_of(r, k)) * (sizeof(double) + sizeof(std::int64_t)) +
           sizeof(double);
  }
  BceParts(void* scratch, std::int64_t r, std::int64_t k) : count(parts_of(r, k)) {
    losses = static_cast<double*>(scratch);
    targets = reinterpret_cast<std::int64_t*>(losses + count);
    weight = reinterpret_cast<float*>(targets + count);
  }
};

/// -log of the probability of target t.
WEFT_DEVICE float loss_of(float z, float t) { return fmaf(-z, t, fmaxf(z, 0.0f)) + log1pf(expf(-fabsf(z))); }

WEFT_DEVICE float sigmoid(float z) {
  const float e = expf(-fabsf(z));  // at most 1
  return (z < 0.0f ? e : 1.0f) / (1.0f + e);
}

template <class Rows>
__global__ void __launch_bounds__(kColumnThreads, kBlocksAtOnce<Rows>)
    bce_loss_kernel(ColumnWalk walk, ConstMat logits, ConstMat targets, BceParts parts) {
  constexpr int W = Rows::kWidth, kAtOnce = kRowsAtOnce<Rows, 2>;
  const ColumnPlace place = place_in<Rows>(walk);
  const typename Rows::In of_logits(logits, place.row, place.col, place.left),
      of_targets(targets, place.row, place.col, place.left);
  double loss = 0.0;
  std::int64_t count = 0;
  for (int below = 0; below < place.span; below += kAtOnce * walk.lanes) {
    typename Rows::Packed zs[kAtOnce], ts[kAtOnce];
    WEFT_UNROLL
    for (int u = 0; u < kAtOnce; ++u) {
      if (below + u * walk.lanes >= place.span) continue;
      zs[u] = of_logits.load(below + u * walk.lanes);
      ts[u] = of_targets.load(below + u * walk.lanes);
    }
    WEFT_UNROLL
    for (int u = 0; u < kAtOnce; ++u) {
      if (below + u * walk.lanes >= place.span) continue;
      const Values<W> z = Rows::unpack(zs[u]), t = Rows::unpack(ts[u]);
      float of_row = 0.0f;
      for (int i = 0; i < W; ++i) {
        if (i >= place.left || t[i] != t[i]) continue;
        of_row += loss_of(z[i], t[i]);
        ++count;
      }
      loss += static_cast<double>(of_row);
    }
  }
  const std::int64_t part = std::int64_t{blockIdx.x} * gridDim.y + blockIdx.y;
  loss = block_sum<kColumnThreads>(loss);
  count = block_sum<kColumnThreads>(count);
  if (threadIdx.x != 0) return;  // no barrier below
  parts.losses[part] = loss;
  parts.targets[part] = count;
}

__global__ void __launch_bounds__(kColumnThreads) join_bce_kernel(BceParts parts, double* loss) {
  double sum = 0.0;
  std::int64_t count = 0;
  for (std::int64_t i = threadIdx.x; i < parts.count; i += kColumnThreads) {
    sum += parts.losses[i];
    count += parts.targets[i];
  }
  sum = block_sum<kColumnThreads>(sum);
  count = block_sum<kColumnThreads>(count);
  if (threadIdx.x != 0) return;                                          // no barrier below
  *loss = sum / static_cast<double>(count);                              // NaN without a target
  *parts.weight = static_cast<float>(1.0 / static_cast<double>(count));  // not used without a target
}

template <class Rows>
__global__ void __launch_bounds__(kColumnThreads, kBlocksAtOnce<Rows>)
    bce_gradient_kernel(ColumnWalk walk, ConstMat logits, ConstMat targets, const float* __restrict__ weight,
                        Mat dlogits) {
  constexpr int W = Rows::kWidth, kAtOnce = kRowsAtOnce<Rows, 2>;
  const ColumnPlace place = place_in<Rows>(walk);
  const typename Rows::In of_logits(logits, place.row, place.col, place.left),
      of_targets(targets, place.row, place.col, place.left);
  const typename Rows::Out out(dlogits, place.row, place.col, place.left);
  const float share = *weight;
  typename Rows::Packed zs[kAtOnce], ts[kAtOnce];
  WEFT_UNROLL
  for (int u = 0; u < kAtOnce; ++u) {
    if (u * walk.lanes >= place.span) continue;
    zs[u] = of_logits.load(u * walk.lanes);
    ts[u] = of_targets.load(u * walk.lanes);
  }
  WEFT_UNROLL
  for (int u = 0; u < kAtOnce; ++u) {
    if (u * walk.lanes >= place.span) continue;
    Values<W> z = Rows::unpack(zs[u]);
    const Values<W> t = Rows::unpack(ts[u]);
    for (int i = 0; i < W; ++i) z[i] = t[i] != t[i] ? 0.0f : (sigmoid(z[i]) - t[i]) * share;
    out.store(u * walk.lanes, z);
  }
}

}  // namespace

std::size_t CudaBackend::do_scratch(const BceWithLogits& op) const {
  return BceParts::bytes(op.logits.rows, op.logits.cols);
}

void CudaBackend::do_run(Stream& stream, const BceWithLogits& op) {
  const BceParts parts(stream.scratch, op.logits.rows, op.logits.cols);
  with_float_rows<AnyRows<1>>({op.logits, op.targets, op.dlogits}, [&](auto rows) {
    using Rows = decltype(rows);
    const ColumnWalk walk = reduction_walk(op.logits.rows, op.logits.cols, Rows::kWidth);
    launch(WEFT_KERNEL(bce_loss_kernel<Rows>), walk.grid(), kColumnThreads, kNoShared, queue_, walk,
           op.logits, op.targets, parts);
    launch(WEFT_KERNEL(join_bce_kernel), dim3(1), kColumnThreads, kNoShared, queue_, parts, op.loss.data);
    const ColumnWalk independent = independent_walk(op.logits.rows, op.logits.cols, Rows::kWidth,
                                                    kRowsAtOnce<Rows, 2>, kRowsAtOnce<Rows, 2>);
    launch(WEFT_KERNEL(bce_gradient_kernel<Rows>), independent.grid(), kColumnThreads, kNoShared, queue_,
           independent, op.logits, op.targets, parts.weight, op.dlogits);
  });
}

}  // namespace weft::WEFT_DEVICE_NS
