// Kernels that bench/gpu/ptxas_report.py must tell apart: one reads and writes 16 bytes at a time, one 4, and
// one keeps more values than a thread has registers. Compiled by ptxas_test.py, never linked or run.
namespace weft::cuda {

__global__ void wide_kernel(const float4* x, float4* y) { y[threadIdx.x] = x[threadIdx.x]; }

__global__ void narrow_kernel(const float* x, float* y) { y[threadIdx.x] = x[threadIdx.x]; }

template <int kKept>
__global__ void __launch_bounds__(1024) spilling_kernel(const float* x, float* y) {  // 64 registers a thread
  float kept[kKept];
  for (int i = 0; i < kKept; ++i) kept[i] = x[i * 1024 + threadIdx.x];
  __syncthreads();
  for (int k = 0; k < kKept; ++k) {
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < kKept; ++i) sum += kept[i] * x[k + i];
    y[k * 1024 + threadIdx.x] = sum;
  }
}

template __global__ void spilling_kernel<200>(const float* x, float* y);

}  // namespace weft::cuda
