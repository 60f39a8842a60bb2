// What ends a program: code that diverges where CUDA asks for company, accesses that are not aligned, shared
// memory beyond the limits. Each message names the kernel, the thread and the line. And what no driver takes.
#include "kernels/base/error.hpp"
#include "kernels/simt/simt.hpp"
#include "tests/simt/device_array.hpp"
#include "tests/simt/orders.hpp"

namespace weft::simt {
namespace {

constexpr int kThreads = 64;

__global__ void nothing_kernel() {}

__global__ void barrier_in_branch_kernel(int* y) {
  if (threadIdx.x < 40) {
    __syncthreads();
  } else {
    y[threadIdx.x] = 1;
    __syncthreads();
  }
}

__global__ void barrier_after_exit_kernel() {
  if (threadIdx.x == 7) return;
  __syncthreads();
}

__global__ void warp_after_exit_kernel(int* y) {
  if (lane() == 3) return;
  y[threadIdx.x] = warp_sum(1);
}

__global__ void not_in_mask_kernel() { __syncwarp(0x0000ffffu); }

__global__ void inactive_source_kernel(int* y) {
  if (lane() < 16) y[lane()] = __shfl_sync(0x0000ffffu, lane(), 20);
}

__global__ void odd_width_kernel(int* y) { y[lane()] = __shfl_sync(kFullMask, lane(), 0, 12); }

__global__ void different_calls_kernel(int* y) {
  if (lane() < 16) {
    y[lane()] = __any_sync(kFullMask, 1);
  } else {
    y[lane()] = __all_sync(kFullMask, 1);
  }
}

/// One lane waits for its neighbour, who waits at the barrier.
__global__ void deadlock_kernel() {
  if (threadIdx.x == 32) __syncwarp(0x3u);
  __syncthreads();
}

__global__ void misaligned_kernel(float* y) { store4(y + 1, load4(y)); }

__global__ void much_static_kernel(float* y) {
  WEFT_SHARED(float, one, [8192]);
  WEFT_SHARED(float, two, [5000]);
  y[0] = one[0] + two[0];
}

__global__ void no_dynamic_kernel(float* y) {
  WEFT_DYN_SHARED(float, tile);
  y[0] = tile[0];
}

__global__ void alone_kernel(unsigned* y) { y[threadIdx.x] = __activemask(); }

}  // namespace
}  // namespace weft::simt

namespace weft::testing {
namespace {

using namespace weft::simt;

class Rule : public InEachOrder {
 protected:
  DeviceArray<float> floats_{kThreads};
  DeviceArray<int> ints_{kThreads};
};
using RuleDeathTest = Rule;
WEFT_IN_EACH_ORDER(RuleDeathTest);

#define EXPECT_FAULT(call, text) EXPECT_DEATH(call, "rule_test.cpp:[0-9]+: " text)

TEST_P(RuleDeathTest, BarriersInBranches) {
  EXPECT_FAULT(
      launch(WEFT_KERNEL(barrier_in_branch_kernel), 1, kThreads, kNoShared, nullptr, ints_.data()),
      "barrier_in_branch_kernel, block \\(0, 0, 0\\), thread \\([0-9]+, 0, 0\\): __syncthreads: other "
      "threads of the block wait in another one, at tests/simt/rule_test.cpp:[0-9]+");
}

TEST_P(RuleDeathTest, BarrierThatAThreadNeverReaches) {
  EXPECT_FAULT(launch(WEFT_KERNEL(barrier_after_exit_kernel), 1, kThreads, kNoShared, nullptr),
               "barrier_after_exit_kernel, .*(leaves the kernel while|have left the kernel)");
}

TEST_P(RuleDeathTest, LaneThatHasLeft) {
  EXPECT_FAULT(launch(WEFT_KERNEL(warp_after_exit_kernel), 1, kThreads, kNoShared, nullptr, ints_.data()),
               "warp_after_exit_kernel, .*(leaves the kernel while lane|which have left the kernel)");
}

TEST_P(RuleDeathTest, LaneThatIsNotInItsMask) {
  EXPECT_FAULT(launch(WEFT_KERNEL(not_in_mask_kernel), 1, kThreads, kNoShared, nullptr),
               "not_in_mask_kernel, .*__syncwarp: lane [0-9]+ is not in its own mask 0x0000ffff");
}

TEST_P(RuleDeathTest, SourcesThatTakeNoPart) {
  EXPECT_FAULT(
      launch(WEFT_KERNEL(inactive_source_kernel), 1, kWarp, kNoShared, nullptr, ints_.data()),
      "inactive_source_kernel, .*__shfl_sync: reads from lane 20, which is not among the lanes 0x0000ffff");
  EXPECT_FAULT(launch(WEFT_KERNEL(warp_after_exit_kernel), 1, 24, kNoShared, nullptr, ints_.data()),
               "warp_after_exit_kernel");
}

TEST_P(RuleDeathTest, WidthsThatAreNoPowerOfTwo) {
  EXPECT_FAULT(launch(WEFT_KERNEL(odd_width_kernel), 1, kWarp, kNoShared, nullptr, ints_.data()),
               "odd_width_kernel, .*a width of 12");
}

TEST_P(RuleDeathTest, DifferentCallsOfOneWarp) {
  EXPECT_FAULT(launch(WEFT_KERNEL(different_calls_kernel), 1, kWarp, kNoShared, nullptr, ints_.data()),
               "different_calls_kernel, .*waits with the same mask 0xffffffff in __a.._sync at "
               "tests/simt/rule_test.cpp:[0-9]+");
}

TEST_P(RuleDeathTest, NobodyCanGoOn) {
  EXPECT_FAULT(launch(WEFT_KERNEL(deadlock_kernel), 1, kThreads, kNoShared, nullptr),
               "deadlock_kernel, .*nobody can go on. 0 of 64 threads have left the kernel, the others wait:");
}

TEST_P(RuleDeathTest, MisalignedVectors) {
  EXPECT_FAULT(launch(WEFT_KERNEL(misaligned_kernel), 1, 1, kNoShared, nullptr, floats_.data()),
               "misaligned_kernel, .*an access of 16 bytes at 0x[0-9a-f]+, which is not a multiple of 16");
}

TEST_P(RuleDeathTest, SharedMemoryBeyondTheLimits) {
  EXPECT_FAULT(
      launch(WEFT_KERNEL(much_static_kernel), 1, 1, kNoShared, nullptr, floats_.data()),
      "much_static_kernel, .*with two the kernel declares 52768 bytes of shared memory; at most 49152");
  EXPECT_FAULT(launch(WEFT_KERNEL(no_dynamic_kernel), 1, 1, kNoShared, nullptr, floats_.data()),
               "no_dynamic_kernel, .*tile is dynamic shared memory, but the launch declared none");
}

TEST_P(RuleDeathTest, ActivemaskAnswersTheLeast) {
  const DeviceArray<unsigned> y(kWarp);
  launch(WEFT_KERNEL(alone_kernel), 1, kWarp, kNoShared, nullptr, y.data());
  const auto masks = y.values();
  for (int lane = 0; lane < kWarp; ++lane) EXPECT_EQ(masks[lane], 1u << lane);
}

TEST(LaunchCheck, WhatNoDriverTakes) {
  const auto refused = [](dim3 grid, dim3 block, std::size_t shared_bytes) {
    try {
      launch(WEFT_KERNEL(nothing_kernel), grid, block, shared_bytes, nullptr);
      return std::string();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      return std::string(error.what());
    }
  };
  EXPECT_EQ(refused(1, 1024, kMaxShared), "");
  EXPECT_EQ(refused(0, 32, 0),
            "nothing_kernel: a grid of 0 x 1 x 1 blocks; it can be 1 to 2147483647 x 65535 x 65535");
  EXPECT_EQ(refused(std::int64_t{1} << 32, 32, 0).find("nothing_kernel: a grid of 0 x"), 0u);
  EXPECT_EQ(refused(dim3(1, 65536), 32, 0).find("nothing_kernel: a grid of 1 x 65536 x 1"), 0u);
  EXPECT_EQ(refused(1, 1025, 0).find("nothing_kernel: a block of 1025 x 1 x 1"), 0u);
  EXPECT_EQ(refused(1, dim3(32, 33), 0).find("nothing_kernel: a block of 32 x 33 x 1"), 0u);
  EXPECT_EQ(refused(1, dim3(1, 1, 65), 0).find("nothing_kernel: a block of 1 x 1 x 65"), 0u);
  EXPECT_EQ(refused(1, 32, kMaxShared + 1),
            "nothing_kernel: 232449 bytes of shared memory; a block can have 232448");
}

}  // namespace
}  // namespace weft::testing
