// Adam over all parameters in one launch, four per thread. What changes from step to step is read from the
// device: a thread of each block computes the bias corrections while the others load.
// Reads 16 bytes and writes 12 per parameter: memory-bound.
#include "kernels/cuda/cuda_backend.hpp"
#include "kernels/cuda/vectors.cuh"

namespace weft::WEFT_DEVICE_NS {
namespace {

constexpr int kThreads = 256;
constexpr int kPerThread = 4;

__global__ void begin_step_kernel(StepState* state) { ++state->step; }

/// What the steps have in common.
struct Decay {
  double beta1, beta2;
  float new_m, old_v, new_v, epsilon;
};

/// base^exponent by squaring: the same bits everywhere.
WEFT_DEVICE double power(double base, std::int64_t exponent) {
  double result = 1.0;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result *= base;
    base *= base;
  }
  return result;
}

/// The first group that ends behind parameter i: the groups are in order without gaps.
WEFT_DEVICE std::int64_t group_of(const AdamGroup* groups, std::int64_t count, std::int64_t i) {
  std::int64_t low = 0, high = count - 1;
  while (low < high) {
    const std::int64_t middle = (low + high) / 2;
    if (i < groups[middle].end) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/// The weight decay of parameters i .. i + 3, nearly always of one group.
WEFT_DEVICE Values<kPerThread> weight_decay(const AdamGroup* groups, std::int64_t count, std::int64_t i) {
  std::int64_t group = group_of(groups, count, i), end = groups[group].end;
  float weight = groups[group].weight_decay;
  Values<kPerThread> decay;
  for (int k = 0; k < kPerThread; ++k) {
    while (i + k >= end && group + 1 < count) {
      ++group;
      end = groups[group].end;
      weight = groups[group].weight_decay;
    }
    decay[k] = weight;
  }
  return decay;
}

__global__ void __launch_bounds__(kThreads)
    adam_kernel(std::int64_t size, float* __restrict__ parameters, const float* __restrict__ gradients,
                float* __restrict__ m, float* __restrict__ v, const AdamGroup* __restrict__ groups,
                std::int64_t group_count, Decay decay, const StepState* __restrict__ state) {
  constexpr int W = kPerThread;
  const std::int64_t i = global_thread() * W;
  WEFT_SHARED(float, factors, [2]);  // 1 / sqrt(1 - beta2^t), learning rate / (1 - beta1^t)
  if (threadIdx.x == 0) {
    const double left1 = 1.0 - power(decay.beta1, state->step), left2 = 1.0 - power(decay.beta2, state->step);
    factors[0] = static_cast<float>(rsqrt(left2));
    factors[1] = static_cast<float>(static_cast<double>(state->learning_rate) / left1);
  }
  Values<W> p = load_vector<W>(parameters, i, size), g = load_vector<W>(gradients, i, size);
  Values<W> mean = load_vector<W>(m, i, size), square = load_vector<W>(v, i, size);
  const Values<W> weights = weight_decay(groups, group_count, i);
  __syncthreads();
  const float inverse_root = factors[0], step = factors[1];
  for (int k = 0; k < W; ++k) {
    const float gradient = fmaf(weights[k], p[k], g[k]);
    mean[k] = fmaf(decay.new_m, gradient - mean[k], mean[k]);
    square[k] = fmaf(gradient * decay.new_v, gradient, square[k] * decay.old_v);
    const float denominator = fmaf(sqrtf(square[k]), inverse_root, decay.epsilon);
    p[k] = fmaf(-step, mean[k] / denominator, p[k]);
  }
  store_vector(m, i, size, mean);
  store_vector(v, i, size, square);
  store_vector(parameters, i, size, p);
}

}  // namespace

void CudaBackend::do_run(Stream&, const BeginStep& op) {
  launch(WEFT_KERNEL(begin_step_kernel), dim3(1), dim3(1), kNoShared, queue_, op.state);
}

void CudaBackend::do_run(Stream&, const Adam& op) {
  const Decay decay{op.options.beta1,
                    op.options.beta2,
                    static_cast<float>(1.0 - op.options.beta1),
                    static_cast<float>(op.options.beta2),
                    static_cast<float>(1.0 - op.options.beta2),
                    op.options.epsilon};
  const dim3 grid(static_cast<unsigned>(ceil_div(op.parameters.size, kThreads * kPerThread)));
  launch(WEFT_KERNEL(adam_kernel), grid, kThreads, kNoShared, queue_, op.parameters.size, op.parameters.data,
         op.gradients.data, op.m.data, op.v.data, op.groups.data, op.groups.size, decay, op.state);
}

}  // namespace weft::WEFT_DEVICE_NS
