// Accesses that nothing orders, planted: each is found at its two lines, in every order of threads; beside
// each the correct form, which stays silent.
#include "kernels/simt/simt.hpp"
#include "tests/simt/planted.hpp"

namespace weft::simt {
namespace {

constexpr int kThreads = 64;

/// Each thread reads the next one's value, or the previous one's, whose absence a forward order hides.
template <bool kBarrier>
__global__ void neighbour_kernel(int step, int* y) {
  WEFT_SHARED(int, tile, [kThreads + 2]);
  const int t = static_cast<int>(threadIdx.x) + 1;
  if (t == 1) tile[0] = tile[kThreads + 1] = 0;
  if (kBarrier) __syncthreads();
  tile[t] = t;  // BUG: neighbour's store
  if (kBarrier) __syncthreads();
  y[t - 1] = tile[t + step];  // BUG: neighbour's load
}

/// The loop comes back to its first line before all have read.
template <bool kSecondBarrier>
__global__ void loop_kernel(int* y) {
  WEFT_SHARED(int, tile, [kThreads]);
  const unsigned t = threadIdx.x;
  for (int step = 0; step < 3; ++step) {
    tile[t] = step;  // BUG: next step's store
    __syncthreads();
    y[t] = tile[(t + 33) % kThreads];  // BUG: this step's load
    if (kSecondBarrier) __syncthreads();
  }
}

/// The shuffles make lanes wait for each other, but order no memory.
template <bool kSync>
__global__ void through_shuffle_kernel(int* y) {
  WEFT_SHARED(int, tile, [kWarp]);
  const int t = lane();
  tile[t] = t;  // BUG: store before the shuffle
  const int total = warp_sum(t);
  if (kSync) __syncwarp();
  y[t] = tile[kWarp - 1 - t] + total;  // BUG: load behind the shuffle
}

/// Each half of the warp exchanges on its own; what crosses between them is not ordered.
template <bool kCross>
__global__ void half_warps_kernel(int* y) {
  WEFT_SHARED(int, tile, [kWarp]);
  const int t = lane(), first = t / 16 * 16;
  const unsigned half = t < 16 ? 0x0000ffffu : 0xffff0000u;
  const int other = kCross ? (t + 16) % kWarp : first + (t + 1) % 16;
  tile[t] = 1;
  for (int step = 0; step < 4; ++step) {
    __syncwarp(half);
    const int next = tile[other] + 1;  // BUG: load across halves
    __syncwarp(half);
    tile[t] = next;  // BUG: store across halves
  }
  y[t] = tile[t];
}

/// Lane 2 hears of lane 0 through lane 1.
__global__ void chain_kernel(int* y) {
  WEFT_SHARED(int, tile, [1]);
  const int t = lane();
  if (t == 0) tile[0] = 5;
  if (t < 2) __syncwarp(0x3u);
  if (t == 1 || t == 2) __syncwarp(0x6u);
  if (t == 2) *y = tile[0];
}

template <bool kAtomic>
__global__ void count_kernel(int* sum) {
  if (lane() != 0) return;
  if (kAtomic) {
    atomic_add(sum, 1);
  } else {
    *sum += 1;  // BUG: sum without atomics
  }
}

__global__ void start_and_count_kernel(bool start, int* sum) {
  if (start && global_thread() == 0) *sum = 0;  // BUG: start of the count
  atomic_add(sum, 1);                           // BUG: count
}

__global__ void look_kernel(int* sum, int* seen) {
  if (threadIdx.x != 0) return;
  atomic_add(sum, 1);       // BUG: count to look at
  seen[blockIdx.x] = *sum;  // BUG: look at the count
}

/// Blocks write halves of words; then, in a launch of its own or not, whole words are read.
__global__ void halves_kernel(bool write, bool read, Bf16* y, uint2* seen) {
  const unsigned t = threadIdx.x;
  if (write && t % 2 == blockIdx.x) y[t] = to_bf16(1.0f);                            // BUG: half a word
  if (read && blockIdx.x == 0 && t < kThreads / 4) seen[t] = load_uint2(y + 4 * t);  // BUG: whole words
}

__global__ void bytes_kernel(const std::uint8_t* x, std::uint8_t* y) {
  const std::int64_t i = global_thread();
  y[i] = x[i];
  y[i] = static_cast<std::uint8_t>(y[i] + 1);
}

}  // namespace
}  // namespace weft::simt

namespace weft::testing {
namespace {

using namespace weft::simt;

class Race : public PlantedBugs {
 protected:
  Race() : PlantedBugs("tests/simt/race_test.cpp") {}
};
WEFT_IN_EACH_ORDER(Race);

TEST_P(Race, MissingBarrier) {
  const DeviceArray<int> y(2 * kThreads);
  for (const int step : {1, -1}) {
    launch(WEFT_KERNEL(neighbour_kernel<true>), 1, kThreads, kNoShared, nullptr, step, y.data());
    expect_silence();
    launch(WEFT_KERNEL(neighbour_kernel<false>), 1, kThreads, kNoShared, nullptr, step, y.data());
    const auto findings = take_findings();
    EXPECT_FALSE(findings.empty());
    for (const Finding& finding : findings) EXPECT_EQ(finding.kernel, "neighbour_kernel<false>");
  }
}

TEST_P(Race, MissingBarrierAtTheEndOfALoop) {
  const DeviceArray<int> y(kThreads);
  launch(WEFT_KERNEL(loop_kernel<true>), 1, kThreads, kNoShared, nullptr, y.data());
  expect_silence();
  launch(WEFT_KERNEL(loop_kernel<false>), 1, kThreads, kNoShared, nullptr, y.data());
  expect_race("loop_kernel<false>", "next step's store", "this step's load");
}

TEST_P(Race, MissingSyncwarpBehindAShuffle) {
  const DeviceArray<int> y(kWarp);
  launch(WEFT_KERNEL(through_shuffle_kernel<true>), 1, kWarp, kNoShared, nullptr, y.data());
  expect_silence();
  launch(WEFT_KERNEL(through_shuffle_kernel<false>), 1, kWarp, kNoShared, nullptr, y.data());
  expect_race("through_shuffle_kernel<false>", "store before the shuffle", "load behind the shuffle");
}

TEST_P(Race, HalvesOfAWarp) {
  const DeviceArray<int> y(kWarp);
  launch(WEFT_KERNEL(half_warps_kernel<false>), 1, kWarp, kNoShared, nullptr, y.data());
  expect_silence();
  EXPECT_EQ(y.values(), std::vector<int>(kWarp, 5));
  launch(WEFT_KERNEL(half_warps_kernel<true>), 1, kWarp, kNoShared, nullptr, y.data());
  const auto findings = take_findings();
  EXPECT_FALSE(findings.empty());
}

TEST_P(Race, OrderThroughAThirdLane) {
  const DeviceArray<int> y(1);
  launch(WEFT_KERNEL(chain_kernel), 1, kWarp, kNoShared, nullptr, y.data());
  expect_silence();
  EXPECT_EQ(y.values()[0], 5);
}

TEST_P(Race, MissingAtomicBetweenBlocks) {
  const DeviceArray<int> sum(std::vector<int>{0});
  launch(WEFT_KERNEL(count_kernel<true>), 3, kWarp, kNoShared, nullptr, sum.data());
  launch(WEFT_KERNEL(count_kernel<false>), 1, kWarp, kNoShared, nullptr, sum.data());
  expect_silence();
  launch(WEFT_KERNEL(count_kernel<false>), 3, kWarp, kNoShared, nullptr, sum.data());
  expect_race("count_kernel<false>", "sum without atomics", "sum without atomics");
}

TEST_P(Race, MissingAtomicBetweenWarps) {
  const DeviceArray<int> sum(std::vector<int>{0});
  launch(WEFT_KERNEL(count_kernel<true>), 1, kThreads, kNoShared, nullptr, sum.data());
  expect_silence();
  launch(WEFT_KERNEL(count_kernel<false>), 1, kThreads, kNoShared, nullptr, sum.data());
  expect_race("count_kernel<false>", "sum without atomics", "sum without atomics");
}

TEST_P(Race, CounterThatStartsInTheSameLaunch) {
  const DeviceArray<int> sum(std::vector<int>{0});
  launch(WEFT_KERNEL(start_and_count_kernel), 2, kWarp, kNoShared, nullptr, false, sum.data());
  expect_silence();
  launch(WEFT_KERNEL(start_and_count_kernel), 2, kWarp, kNoShared, nullptr, true, sum.data());
  expect_race("start_and_count_kernel", "start of the count", "count");
}

TEST_P(Race, PlainReadOfACounter) {
  const DeviceArray<int> sum(std::vector<int>{0}), seen(2);
  launch(WEFT_KERNEL(look_kernel), 1, kWarp, kNoShared, nullptr, sum.data(), seen.data());
  expect_silence();
  launch(WEFT_KERNEL(look_kernel), 2, kWarp, kNoShared, nullptr, sum.data(), seen.data());
  expect_race("look_kernel", "count to look at", "look at the count");
}

TEST_P(Race, HalvesOfWords) {
  const DeviceArray<Bf16> y(kThreads);
  const DeviceArray<uint2> seen(kThreads / 4);
  launch(WEFT_KERNEL(halves_kernel), 2, kThreads, kNoShared, nullptr, true, false, y.data(), seen.data());
  launch(WEFT_KERNEL(halves_kernel), 2, kThreads, kNoShared, nullptr, false, true, y.data(), seen.data());
  expect_silence();
  launch(WEFT_KERNEL(halves_kernel), 2, kThreads, kNoShared, nullptr, true, true, y.data(), seen.data());
  expect_race("halves_kernel", "half a word", "whole words");
}

TEST_P(Race, NeighbouringBytes) {
  const DeviceArray<std::uint8_t> x(std::vector<std::uint8_t>(100, 3)), y(100);
  launch(WEFT_KERNEL(bytes_kernel), 4, 25, kNoShared, nullptr, x.data(), y.data());
  expect_silence();
  EXPECT_EQ(y.values(), std::vector<std::uint8_t>(100, 4));
}

}  // namespace
}  // namespace weft::testing
