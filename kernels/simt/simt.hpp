#pragma once
// The vocabulary of kernel files. Under nvcc it is CUDA's own; any other compiler gets the host execution of
// simt_host.hpp, where every CUDA thread is a fiber and every rule of the model is checked. Kernels are
// written once against this header and never know which of the two runs them:
//
//   - WEFT_SHARED and WEFT_DYN_SHARED instead of __shared__, so that each byte is guarded and fresh in each
//   block;
//   - launch(WEFT_KERNEL(name), grid, block, shared_bytes, queue, arguments...) instead of <<<>>>;
//   - all lanes of a warp reach each warp function, all threads of a block each __syncthreads();
//   - no inline assembly, no CUB or cooperative groups inside kernels, no static arrays, no lambdas as
//   kernels.
//
// Compiles as C++17.
#include <cstdint>

#include "kernels/base/error.hpp"
#include "kernels/base/view.hpp"

// The namespace that kernels and the backend over them live in: one for each way of running them.
#if defined(__CUDACC__)
#define WEFT_DEVICE_NS cuda
#else
#define WEFT_DEVICE_NS simt
#endif

#if defined(__CUDACC__)
#include <cuda_runtime.h>

#include <utility>

#define WEFT_DEVICE __device__ __forceinline__

/// Before a loop of fixed length over an array in registers.
#define WEFT_UNROLL _Pragma("unroll")

/// An array in the block's shared memory, 16-byte aligned: WEFT_SHARED(float, tile, [32][33]).
#define WEFT_SHARED(type, name, dims) __shared__ __align__(16) type name dims

extern __shared__ __align__(128) unsigned char weft_dynamic_shared[];
/// The bytes that the launch declared, as a pointer to `type`.
#define WEFT_DYN_SHARED(type, name) type* const name = reinterpret_cast<type*>(weft_dynamic_shared)

namespace weft::cuda {

/// A stream as the Backend contract carries it.
using Queue = void*;

/// Whether every launch is waited for (WEFT_SYNC=1), so that an error points at its kernel. In runtime.cu.
bool launches_are_synchronous();
/// Throws an Error that names the kernel when `status` is one.
void check_launch(cudaError_t status, const char* kernel);

/// Threads read 16 bytes at once; p is 16-byte aligned.
WEFT_DEVICE float4 load4(const float* p) { return *reinterpret_cast<const float4*>(p); }
WEFT_DEVICE void store4(float* p, float4 v) { *reinterpret_cast<float4*>(p) = v; }
/// The same past the first-level cache, for what is touched once.
WEFT_DEVICE float4 load4_once(const float* p) { return __ldcs(reinterpret_cast<const float4*>(p)); }
WEFT_DEVICE void store4_once(float* p, float4 v) { __stcs(reinterpret_cast<float4*>(p), v); }
/// Eight bytes: four bfloat16.
WEFT_DEVICE uint2 load_uint2(const void* p) { return *static_cast<const uint2*>(p); }
WEFT_DEVICE void store_uint2(void* p, uint2 v) { *static_cast<uint2*>(p) = v; }
/// Sixteen bytes: eight bfloat16.
WEFT_DEVICE uint4 load_uint4(const void* p) { return *static_cast<const uint4*>(p); }
WEFT_DEVICE void store_uint4(void* p, uint4 v) { *static_cast<uint4*>(p) = v; }

/// Stores to device memory that stay whole: where another branch stores the same values one by one, the
/// compiler would else do so in both.
WEFT_DEVICE void store4_whole(float* p, float4 v) { __stwb(reinterpret_cast<float4*>(p), v); }
WEFT_DEVICE void store_uint2_whole(void* p, uint2 v) { __stwb(static_cast<uint2*>(p), v); }
WEFT_DEVICE void store_uint4_whole(void* p, uint4 v) { __stwb(static_cast<uint4*>(p), v); }

/// Integers only: sums of floats must keep an order.
WEFT_DEVICE void atomic_add(std::int64_t* p, std::int64_t v) {
  atomicAdd(reinterpret_cast<unsigned long long*>(p), static_cast<unsigned long long>(v));
}
WEFT_DEVICE std::int32_t atomic_add(std::int32_t* p, std::int32_t v) { return atomicAdd(p, v); }

template <class... Parameters>
struct Kernel {
  const char* name;
  void (*function)(Parameters...);
};

template <class... Parameters>
Kernel<Parameters...> named_kernel(const char* name, void (*function)(Parameters...)) {
  return {name, function};
}

/// Queues the kernel. Arguments are converted to the kernel's parameter types, as in a call.
/// Errors: kOutOfMemory or kUnsupported naming the kernel.
template <class... Parameters, class... Arguments>
void launch(const Kernel<Parameters...>& kernel, dim3 grid, dim3 block, std::size_t shared_bytes, Queue queue,
            Arguments&&... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments),
                "as many arguments as the kernel has parameters");
  const auto stream = static_cast<cudaStream_t>(queue);
  kernel.function<<<grid, block, shared_bytes, stream>>>(
      static_cast<Parameters>(std::forward<Arguments>(arguments))...);
  check_launch(cudaGetLastError(), kernel.name);
  if (launches_are_synchronous()) check_launch(cudaStreamSynchronize(stream), kernel.name);
}

}  // namespace weft::cuda
#else
#define WEFT_UNROLL
#include "kernels/simt/simt_host.hpp"
#endif

/// A kernel with its name, for launch.
#define WEFT_KERNEL(...) ::weft::WEFT_DEVICE_NS::named_kernel(#__VA_ARGS__, __VA_ARGS__)

namespace weft::WEFT_DEVICE_NS {

constexpr int kWarp = 32;
constexpr unsigned kFullMask = 0xffffffffu;
constexpr std::size_t kNoShared = 0;

WEFT_DEVICE int lane() { return static_cast<int>(threadIdx.x % kWarp); }
WEFT_DEVICE int warp_in_block() { return static_cast<int>(threadIdx.x / kWarp); }
WEFT_DEVICE std::int64_t global_warp() {
  return (std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / kWarp;
}
WEFT_DEVICE std::int64_t global_thread() { return std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; }

/// The sum over a warp's lanes, in the order of a butterfly; every lane gets it. All 32 lanes take part.
template <class T>
WEFT_DEVICE T warp_sum(T value) {
  for (int offset = kWarp / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(kFullMask, value, offset);
  return value;
}

template <class T>
WEFT_DEVICE T warp_max(T value) {
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    const T other = __shfl_xor_sync(kFullMask, value, offset);
    value = value < other ? other : value;
  }
  return value;
}

/// How many pieces of `size` cover `n`.
constexpr std::int64_t ceil_div(std::int64_t n, std::int64_t size) { return (n + size - 1) / size; }

}  // namespace weft::WEFT_DEVICE_NS
