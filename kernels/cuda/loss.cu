// Softmax, its cross entropy and the gradient, one group of lanes per row (see groups.cuh): a row is read
// once into registers, so that the gradient may overwrite it. Per row one exchange finds the largest logit
// and one the sum of exponentials. Exponentials and logarithms are float32, sums of losses double. Reads and
// writes 4rk bytes each: memory-bound.
#include "kernels/cuda/block_sum.cuh"
#include "kernels/cuda/cuda_backend.hpp"
#include "kernels/cuda/groups.cuh"

namespace weft::WEFT_DEVICE_NS {
namespace {

/// The sum in a tree, which rounds four times.
WEFT_DEVICE float sum_of_16(const float* terms) {
  float sums[8];
  for (int i = 0; i < 8; ++i) sums[i] = terms[2 * i] + terms[2 * i + 1];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/// Gradients, and the sum of each block's losses. `weight` is 1 / rows.
template <class Held>
__global__ void __launch_bounds__(kGroupThreads, kGroupBlocks)
    log_softmax_nll_kernel(ConstMat logits, const std::int32_t* __restrict__ labels, Mat dlogits,
                           float weight, double* __restrict__ parts) {
  static_assert(Held::kHeld == 16, "what sum_of_16 adds");
  const std::int64_t k = logits.cols;
  double loss = 0.0;
  for (GroupRows<Held::kLanes> rows; rows.more(); rows.next()) {
    const std::int64_t row = rows.row();
    const bool there = row < logits.rows;
    const std::int64_t label = there ? labels[row] : -1;
    const float* const in = logits.row(row);

    Held held;
    float largest = -INFINITY;
    for (std::int64_t first = 0; first < k; first += Held::kSpan) {
      held.load(in, there, first, k, -INFINITY);
      for (int i = 0; i < Held::kHeld; ++i) largest = fmaxf(largest, held.v[i]);
    }
    largest = group_max<Held::kLanes>(largest);

    float sum = 0.0f, logit_of_label = 0.0f;
    bool has_label = false;
    for (std::int64_t first = 0; first < k; first += Held::kSpan) {
      if (Held::several(k)) held.load(in, there, first, k, -INFINITY);
      const int label_here = static_cast<int>(label - first);
      for (int i = 0; i < Held::kHeld; ++i) {
        if (Held::column(i) == label_here) {
          has_label = true;
          logit_of_label = held.v[i];
        }
        held.v[i] = expf(held.v[i] - largest);
      }
      sum += sum_of_16(held.v);
    }
    sum = group_sum<Held::kLanes>(sum);
    if (has_label) {
      const double shifted = static_cast<double>(logit_of_label) - static_cast<double>(largest);
      loss += static_cast<double>(logf(sum)) - shifted;
    }

    const float share = 1.0f / sum;
    for (std::int64_t first = 0; first < k; first += Held::kSpan) {
      if (Held::several(k)) {
        held.load(in, there, first, k, -INFINITY);
        for (int i = 0; i < Held::kHeld; ++i) held.v[i] = expf(held.v[i] - largest);
      }
      const int label_here = static_cast<int>(label - first);
      for (int i = 0; i < Held::kHeld; ++i) {
        const float target = Held::column(i) == label_here ? 1.0f : 0.0f;
        held.v[i] = fmaf(held.v[i], share, -target) * weight;
      }
      held.store(dlogits.row(row), there, first, k);
    }
  }
  loss = block_sum<kGroupThreads>(loss);
  if (threadIdx.x == 0) parts[blockIdx.x] = loss;
}

__global__ void __launch_bounds__(kGroupThreads)
    join_losses_kernel(const double* __restrict__ parts, std::int64_t count, double rows, double* loss) {
  double sum = 0.0;
  for (std::int64_t i = threadIdx.x; i < count; i += kGroupThreads) sum += parts[i];
  sum = block_sum<kGroupThreads>(sum);
  if (threadIdx.x == 0) *loss = sum / rows;
}

}  // namespace

std::size_t CudaBackend::do_scratch(const LogSoftmaxNll& op) const {
  return static_cast<std::size_t>(ceil_div(op.logits.rows, kRowsPerBlock)) * sizeof(double);
}

void CudaBackend::do_run(Stream& stream, const LogSoftmaxNll& op) {
  const double rows = static_cast<double>(op.logits.rows);
  double* const parts = static_cast<double*>(stream.scratch);  // [blocks]
  with_groups({op.logits, op.dlogits}, [&](auto held) {
    using Held = decltype(held);
    launch(WEFT_KERNEL(log_softmax_nll_kernel<Held>), blocks_of_rows(op.logits.rows), kGroupThreads,
           kNoShared, queue_, op.logits, op.labels.data, op.dlogits, static_cast<float>(1.0 / rows), parts);
  });
  launch(WEFT_KERNEL(join_losses_kernel), dim3(1), kGroupThreads, kNoShared, queue_, parts,
         ceil_div(op.logits.rows, kRowsPerBlock), rows, op.loss.data);
}

}  // namespace weft::WEFT_DEVICE_NS
