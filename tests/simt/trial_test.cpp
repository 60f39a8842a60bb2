// Kernels that use each part of the vocabulary, in three orders, against plain loops.
#include <numeric>

#include "kernels/simt/simt.hpp"
#include "tests/simt/device_array.hpp"
#include "tests/simt/orders.hpp"

namespace weft::simt {
namespace {

constexpr int kThreads = 128;

__global__ void saxpy_kernel(std::int64_t n, float a, const float* x, float* y) {
  const std::int64_t i = global_thread();
  if (i < n) y[i] = fmaf(a, x[i], y[i]);
}

__global__ void copy4_kernel(std::int64_t n, const float* x, float* y) {
  const std::int64_t i = global_thread();
  if (i < n / 4) store4_once(y + 4 * i, load4_once(x + 4 * i));
}

/// One value a block: shared memory, a tree of barriers.
template <class T>
__global__ void __launch_bounds__(kThreads) block_sum_kernel(std::int64_t n, const T* x, T* sums) {
  WEFT_SHARED(T, part, [kThreads]);
  const std::int64_t i = global_thread();
  const unsigned t = threadIdx.x;
  part[t] = i < n ? x[i] : T{0};
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (t < half) part[t] += part[t + half];
  }
  if (t == 0) sums[blockIdx.x] = part[0];
}

__global__ void warp_sum_kernel(const int* x, int* sums, int* largest) {
  const std::int64_t i = global_thread();
  const int sum = warp_sum(x[i]);
  const int most = warp_max(x[i]);
  sums[i] = sum;
  if (lane() == 0) largest[global_warp()] = most;
}

__global__ void histogram_kernel(std::int64_t n, const int* keys, std::int64_t* counts, int* most) {
  const std::int64_t i = global_thread();
  if (i < n) {
    atomic_add(&counts[keys[i]], 1);
    atomicExch(most, 1);
  }
}

/// Reverses the block's values through memory that the launch sizes.
__global__ void reverse_kernel(int* x) {
  WEFT_DYN_SHARED(int, tile);
  const std::int64_t first = std::int64_t{blockIdx.x} * blockDim.x;
  tile[threadIdx.x] = x[first + threadIdx.x];
  __syncthreads();
  x[first + threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}

__global__ void exchange_kernel(int* out) {
  const int t = static_cast<int>(threadIdx.x);
  const bool upper = lane() >= 16;
  const unsigned half = upper ? 0xffff0000u : 0x0000ffffu;
  const int in_half = __shfl_sync(half, t, 3, 16);
  const int up = __shfl_up_sync(kFullMask, t, 1, 8);
  const int down = __shfl_down_sync(kFullMask, t, 2, 8);
  const unsigned odd = __ballot_sync(kFullMask, t % 2);
  const int any = __any_sync(kFullMask, t == 5), all = __all_sync(kFullMask, t < 100);
  const double wide = __shfl_xor_sync(kFullMask, 0.5 + t, 1);
  int* mine = out + 8 * global_thread();
  mine[0] = in_half;
  mine[1] = up;
  mine[2] = down;
  mine[3] = static_cast<int>(odd);
  mine[4] = any;
  mine[5] = all;
  mine[6] = static_cast<int>(2 * wide);
  mine[7] = __syncthreads_count(t % 3 == 0);
}

__global__ void position_kernel(unsigned* out) {
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  out[block * blockDim.x * blockDim.y * blockDim.z + thread] = 1000 * block + thread;
}

}  // namespace
}  // namespace weft::simt

namespace weft::testing {
namespace {

using namespace weft::simt;

std::vector<int> counted(std::size_t n) {
  std::vector<int> values(n);
  std::iota(values.begin(), values.end(), 0);
  return values;
}

class Trial : public InEachOrder {};
WEFT_IN_EACH_ORDER(Trial);

TEST_P(Trial, ThreadsThatNeverWait) {
  const std::int64_t n = 1000;
  const DeviceArray<float> x(std::vector<float>(n, 2.0f)), y(std::vector<float>(n, 1.0f));
  launch(WEFT_KERNEL(saxpy_kernel), ceil_div(n, kThreads), kThreads, kNoShared, nullptr, n, 3, x.data(),
         y.data());
  EXPECT_EQ(y.values(), std::vector<float>(n, 7.0f));
}

TEST_P(Trial, SixteenBytesAtOnce) {
  std::vector<float> values(260);
  std::iota(values.begin(), values.end(), 0.0f);
  const DeviceArray<float> x(values), y(values.size());
  launch(WEFT_KERNEL(copy4_kernel), 3, 32, kNoShared, nullptr, 260, x.data(), y.data());
  EXPECT_EQ(y.values(), values);
}

TEST_P(Trial, SharedMemoryAndBarriers) {
  const std::int64_t n = 1000, blocks = ceil_div(n, kThreads);
  const DeviceArray<int> x(counted(n)), sums(blocks);
  launch(WEFT_KERNEL(block_sum_kernel<int>), blocks, kThreads, kNoShared, nullptr, n, x.data(), sums.data());
  const auto got = sums.values();
  EXPECT_EQ(std::accumulate(got.begin(), got.end(), 0), n * (n - 1) / 2);
}

TEST_P(Trial, EachInstanceOfATemplateHasItsOwnSharedMemory) {
  const DeviceArray<double> x(std::vector<double>(kThreads, 0.25)), sums(1);
  launch(WEFT_KERNEL(block_sum_kernel<double>), 1, kThreads, kNoShared, nullptr, kThreads, x.data(),
         sums.data());
  EXPECT_EQ(sums.values()[0], 0.25 * kThreads);
}

TEST_P(Trial, WarpSums) {
  const DeviceArray<int> x(counted(256)), sums(256), largest(8);
  launch(WEFT_KERNEL(warp_sum_kernel), 2, kThreads, kNoShared, nullptr, x.data(), sums.data(),
         largest.data());
  const auto got = sums.values(), most = largest.values();
  for (int i = 0; i < 256; ++i) EXPECT_EQ(got[i], 32 * (i / 32 * 32) + 31 * 16);
  for (int w = 0; w < 8; ++w) EXPECT_EQ(most[w], 32 * w + 31);
}

TEST_P(Trial, Atomics) {
  auto keys = counted(1000);
  for (int& key : keys) key %= 7;
  const DeviceArray<int> x(keys), most(std::vector<int>{0});
  const DeviceArray<std::int64_t> counts(std::vector<std::int64_t>(7, 0));
  launch(WEFT_KERNEL(histogram_kernel), 8, kThreads, kNoShared, nullptr, 1000, x.data(), counts.data(),
         most.data());
  EXPECT_EQ(counts.values(), (std::vector<std::int64_t>{143, 143, 143, 143, 143, 143, 142}));
  EXPECT_EQ(most.values()[0], 1);
}

TEST_P(Trial, SharedMemoryOfTheLaunch) {
  const DeviceArray<int> x(counted(192));
  launch(WEFT_KERNEL(reverse_kernel), 2, 96, 96 * sizeof(int), nullptr, x.data());
  const auto got = x.values();
  for (int i = 0; i < 192; ++i) EXPECT_EQ(got[i], i < 96 ? 95 - i : 287 - i);
}

TEST_P(Trial, LanesHearOfEachOther) {
  const DeviceArray<int> out(8 * 64);
  launch(WEFT_KERNEL(exchange_kernel), 1, 64, kNoShared, nullptr, out.data());
  const auto got = out.values();
  for (int t = 0; t < 64; ++t) {
    SCOPED_TRACE("thread " + std::to_string(t));
    const int first = t / 32 * 32;
    const std::vector<int> expected{t / 16 * 16 + 3,        t % 8 == 0 ? t : t - 1,
                                    t % 8 >= 6 ? t : t + 2, static_cast<int>(0xaaaaaaaau),
                                    first == 0 ? 1 : 0,     1,
                                    2 * (t ^ 1) + 1,        22};
    EXPECT_EQ(std::vector<int>(got.begin() + 8 * t, got.begin() + 8 * t + 8), expected);
  }
}

TEST_P(Trial, ThreeDimensions) {
  const DeviceArray<unsigned> out(24 * 30);
  launch(WEFT_KERNEL(position_kernel), dim3(4, 3, 2), dim3(5, 3, 2), kNoShared, nullptr, out.data());
  const auto got = out.values();
  for (unsigned i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], i / 30 * 1000 + i % 30);
}

}  // namespace
}  // namespace weft::testing
