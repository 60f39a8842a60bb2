// Accesses outside what is in use and reads of what nobody wrote, planted: each is found at its line, in
// every order of threads; beside each the correct form, which stays silent.
#include <cstdlib>

#include "kernels/simt/simt.hpp"
#include "tests/simt/planted.hpp"

namespace weft::simt {
namespace {

constexpr int kThreads = 64;

__global__ void store_kernel(std::int64_t n, float* y) {
  const std::int64_t i = global_thread();
  if (i <= n) y[i] = 1.0f;  // BUG: store behind the end
}

__global__ void store4_kernel(std::int64_t quads, float* y) {
  const std::int64_t i = global_thread();
  if (i < quads) store4(y + 4 * i, make_float4(1, 2, 3, 4));  // BUG: vector behind the end
}

__global__ void load_kernel(std::int64_t n, const float* x, float* y) {
  const std::int64_t i = global_thread();
  if (i < n) y[i] = x[i - 1];  // BUG: load before the start
}

__global__ void static_shared_kernel(int last, int* y) {
  WEFT_SHARED(int, tile, [kThreads]);
  const int t = static_cast<int>(threadIdx.x);
  int* const moved = tile + last;
  if (t == 0) moved[0] = 3;  // BUG: store behind shared memory
  tile[t] = t;
  y[t] = tile[t];
}

__global__ void dynamic_shared_kernel(int* y) {
  WEFT_DYN_SHARED(int, tile);
  const int t = static_cast<int>(threadIdx.x);
  tile[t] = t;  // BUG: more than was launched
  y[t] = tile[t];
}

__global__ void undefined_shared_kernel(int written, int* y) {
  WEFT_SHARED(int, tile, [kThreads]);
  const int t = static_cast<int>(threadIdx.x);
  if (t < written) tile[t] = t;
  __syncthreads();
  y[t] = tile[kThreads - 1 - t];  // BUG: undefined shared memory
}

__global__ void undefined_kernel(const float* x, float* y) {
  y[threadIdx.x] = x[threadIdx.x];  // BUG: undefined device memory
}

__global__ void undefined_atomic_kernel(int* count) {
  atomic_add(count, 1);  // BUG: undefined counter
}

__global__ void block_memory_kernel(int* y) {
  WEFT_SHARED(int, tile, [kThreads]);
  if (blockIdx.x == 0) tile[threadIdx.x] = 1;
  y[global_thread()] = tile[threadIdx.x];  // BUG: shared memory of the block before
}

}  // namespace
}  // namespace weft::simt

namespace weft::testing {
namespace {

using namespace weft::simt;
using Kind = Finding::Kind;

class Memory : public PlantedBugs {
 protected:
  Memory() : PlantedBugs("tests/simt/memory_test.cpp") {}
};
WEFT_IN_EACH_ORDER(Memory);

TEST_P(Memory, DeviceMemoryBehindTheEnd) {
  const DeviceArray<float> y(100);
  launch(WEFT_KERNEL(store_kernel), 2, kThreads, kNoShared, nullptr, 99, y.data());
  expect_silence();
  launch(WEFT_KERNEL(store_kernel), 2, kThreads, kNoShared, nullptr, 100, y.data());
  expect_finding(Kind::kOutOfBounds, "store_kernel", "store behind the end");
}

TEST_P(Memory, VectorsBehindTheEnd) {
  const DeviceArray<float> y(62);
  launch(WEFT_KERNEL(store4_kernel), 1, kThreads, kNoShared, nullptr, 15, y.data());
  expect_silence();
  launch(WEFT_KERNEL(store4_kernel), 1, kThreads, kNoShared, nullptr, 16, y.data());
  expect_finding(Kind::kOutOfBounds, "store4_kernel", "vector behind the end");
}

TEST_P(Memory, PieceBeforeAnotherOne) {
  unsigned char* const memory = static_cast<unsigned char*>(make_device_memory(1024));
  use_device_memory(memory, 256);
  use_device_memory(memory + 512, 256);
  launch(WEFT_KERNEL(store_kernel), 1, kThreads, kNoShared, nullptr, 63, reinterpret_cast<float*>(memory));
  expect_silence();
  launch(WEFT_KERNEL(store_kernel), 2, kThreads, kNoShared, nullptr, 64, reinterpret_cast<float*>(memory));
  expect_finding(Kind::kOutOfBounds, "store_kernel", "store behind the end");
  unuse_device_memory(memory + 512);
  launch(WEFT_KERNEL(store_kernel), 1, kThreads, kNoShared, nullptr, 63,
         reinterpret_cast<float*>(memory + 512));
  expect_finding(Kind::kOutOfBounds, "store_kernel", "store behind the end");
  unuse_device_memory(memory);
  free_device_memory(memory);
}

TEST_P(Memory, BeforeTheStart) {
  const DeviceArray<float> x(std::vector<float>(kThreads, 1.0f)), y(kThreads);
  launch(WEFT_KERNEL(load_kernel), 1, kThreads, kNoShared, nullptr, kThreads, x.data() + 1, y.data());
  expect_silence();
  launch(WEFT_KERNEL(load_kernel), 1, kThreads, kNoShared, nullptr, kThreads, x.data(), y.data());
  expect_finding(Kind::kHostMemory, "load_kernel", "load before the start");
}

TEST_P(Memory, PointersOfTheHost) {
  const DeviceArray<float> y(kThreads);
  const std::vector<float> x(kThreads + 1, 1.0f);
  launch(WEFT_KERNEL(load_kernel), 1, kThreads, kNoShared, nullptr, kThreads, x.data() + 1, y.data());
  expect_finding(Kind::kHostMemory, "load_kernel", "load before the start");
}

TEST_P(Memory, StaticSharedMemoryBehindTheEnd) {
  const DeviceArray<int> y(kThreads);
  launch(WEFT_KERNEL(static_shared_kernel), 1, kThreads, kNoShared, nullptr, 0, y.data());
  expect_silence();
  launch(WEFT_KERNEL(static_shared_kernel), 1, kThreads, kNoShared, nullptr, kThreads, y.data());
  expect_finding(Kind::kOutOfBounds, "static_shared_kernel", "store behind shared memory");
}

TEST_P(Memory, MoreDynamicSharedMemoryThanTheLaunchGives) {
  const DeviceArray<int> y(kThreads);
  launch(WEFT_KERNEL(dynamic_shared_kernel), 1, kThreads, kThreads * sizeof(int), nullptr, y.data());
  expect_silence();
  launch(WEFT_KERNEL(dynamic_shared_kernel), 1, kThreads, (kThreads - 1) * sizeof(int), nullptr, y.data());
  expect_finding(Kind::kOutOfBounds, "dynamic_shared_kernel", "more than was launched");
}

TEST_P(Memory, SharedMemoryThatNobodyWrote) {
  const DeviceArray<int> y(kThreads);
  launch(WEFT_KERNEL(undefined_shared_kernel), 1, kThreads, kNoShared, nullptr, kThreads, y.data());
  expect_silence();
  launch(WEFT_KERNEL(undefined_shared_kernel), 1, kThreads, kNoShared, nullptr, kThreads - 1, y.data());
  expect_finding(Kind::kUndefinedRead, "undefined_shared_kernel", "undefined shared memory");
}

TEST_P(Memory, SharedMemoryOfTheBlockBefore) {
  const DeviceArray<int> y(2 * kThreads);
  launch(WEFT_KERNEL(block_memory_kernel), 1, kThreads, kNoShared, nullptr, y.data());
  expect_silence();
  launch(WEFT_KERNEL(block_memory_kernel), 2, kThreads, kNoShared, nullptr, y.data());
  expect_finding(Kind::kUndefinedRead, "block_memory_kernel", "shared memory of the block before");
}

TEST_P(Memory, DeviceMemoryThatNobodyWrote) {
  const DeviceArray<float> y(kThreads), unwritten(kThreads);
  const DeviceArray<float> x(std::vector<float>(kThreads, 1.0f));
  launch(WEFT_KERNEL(undefined_kernel), 1, kThreads, kNoShared, nullptr, x.data(), y.data());
  expect_silence();
  launch(WEFT_KERNEL(undefined_kernel), 1, kThreads, kNoShared, nullptr, unwritten.data(), y.data());
  expect_finding(Kind::kUndefinedRead, "undefined_kernel", "undefined device memory");
}

TEST_P(Memory, AtomicsOnWhatNobodyWrote) {
  const DeviceArray<int> zero(std::vector<int>{0}), unwritten(1);
  launch(WEFT_KERNEL(undefined_atomic_kernel), 1, kThreads, kNoShared, nullptr, zero.data());
  expect_silence();
  launch(WEFT_KERNEL(undefined_atomic_kernel), 1, kThreads, kNoShared, nullptr, unwritten.data());
  expect_finding(Kind::kUndefinedRead, "undefined_atomic_kernel", "undefined counter");
}

TEST_P(Memory, WhatTheHostReads) {
  const DeviceArray<float> y(kThreads);
  launch(WEFT_KERNEL(store_kernel), 1, kThreads, kNoShared, nullptr, kThreads - 2, y.data());
  host_read(y.data(), y.bytes() - sizeof(float));
  expect_silence();
  host_read(y.data(), y.bytes());
  const auto findings = take_findings();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, Kind::kUndefinedRead);
  EXPECT_EQ(
      findings[0].text,
      "the host reads what nobody has written, among 256 bytes: byte 252 of the 256 bytes of device memory");
}

TEST_P(Memory, WhatTheHostWritesAndCopies) {
  const DeviceArray<float> x(std::vector<float>(kThreads, 1.0f)), y(kThreads), z(kThreads);
  host_copied(y.data(), x.data(), y.bytes());
  host_read(y.data(), y.bytes());
  expect_silence();
  host_copied(y.data(), z.data(), y.bytes());
  expect_silence();
  host_read(y.data(), y.bytes());
  EXPECT_EQ(take_findings().size(), 1u);
  host_wrote(z.data(), z.bytes() + 1);
  const auto findings = take_findings();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, Kind::kOutOfBounds);
}

TEST(FindingsDeathTest, ProcessFailsUnlessSomebodyTakesThem) {
  const DeviceArray<float> y(100);
  const auto find = [&] {
    launch(WEFT_KERNEL(store_kernel), 2, kThreads, kNoShared, nullptr, 100, y.data());
  };
  EXPECT_EXIT(
      {
        find();
        std::exit(0);
      },
      ::testing::ExitedWithCode(kFindingsExitCode),
      "memory_test.cpp:[0-9]+: store_kernel, block \\(1, 0, 0\\), thread \\(36, 0, 0\\): writes memory that "
      "is not in "
      "use, among 4 bytes: 0 bytes behind the 400 bytes of device memory\n.*1 findings of the checking "
      "runtime");
  EXPECT_EXIT(
      {
        find();
        take_findings();
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace weft::testing
