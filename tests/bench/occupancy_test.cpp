// Theoretical occupancy, against cases worked out by hand and, where a CUDA toolkit is, against its own
// formula.
#include "bench/counters/occupancy.hpp"

#include <gtest/gtest.h>

#if __has_include(<cuda_occupancy.h>)
#include <climits>

#include <cuda_occupancy.h>
#define WEFT_HAS_CUDA_OCCUPANCY 1
#endif

#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

TEST(Occupancy, EachLimitByHand) {
  const Multiprocessor& h100 = find_multiprocessor("sm_90");
  const Occupancy full = occupancy(h100, {256, 32, 0});
  EXPECT_EQ(full.warps, 64);
  EXPECT_EQ(full.limit, "warps");
  const Occupancy small = occupancy(h100, {32, 16, 0});
  EXPECT_EQ(small.blocks, 32);
  EXPECT_EQ(small.limit, "blocks");
  // 64 registers x 32 lanes = 2048 a warp; 65536 / 2048 = 32 warps.
  const Occupancy registers = occupancy(h100, {256, 64, 0});
  EXPECT_EQ(registers.warps, 32);
  EXPECT_EQ(registers.limit, "registers");
  // 33 KB and the reserved one: 228 / 34 = 6 blocks of 4 warps.
  const Occupancy shared = occupancy(h100, {128, 16, 33 << 10});
  EXPECT_EQ(shared.blocks, 6);
  EXPECT_EQ(shared.warps, 24);
  EXPECT_EQ(shared.limit, "shared memory");
  EXPECT_EQ(occupancy(find_multiprocessor("sm_75"), {256, 32, 0}).warps, 32);
}

TEST(Occupancy, UnknownNamesAreRefused) { EXPECT_THROW(find_multiprocessor("sm_1"), Error); }

#if defined(WEFT_HAS_CUDA_OCCUPANCY)
int blocks_by_cuda(const Multiprocessor& sm, const BlockNeeds& block) {
  const int capability = std::stoi(std::string(sm.name.substr(3)));
  cudaOccDeviceProp device;
  device.computeMajor = capability / 10;
  device.computeMinor = capability % 10;
  device.maxThreadsPerBlock = 1024;
  device.maxThreadsPerMultiprocessor = sm.warps * 32;
  device.regsPerBlock = device.regsPerMultiprocessor = sm.registers;
  device.warpSize = 32;
  device.sharedMemPerBlock = 48 << 10;
  device.sharedMemPerMultiprocessor = static_cast<std::size_t>(sm.shared_bytes);
  device.numSms = 1;
  device.sharedMemPerBlockOptin = static_cast<std::size_t>(sm.shared_bytes - sm.reserved_bytes);
  device.reservedSharedMemPerBlock = static_cast<std::size_t>(sm.reserved_bytes);
  cudaOccFuncAttributes kernel;
  kernel.maxThreadsPerBlock = INT_MAX;
  kernel.numRegs = block.registers;
  kernel.sharedSizeBytes = static_cast<std::size_t>(block.shared_bytes);
  kernel.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
  const cudaOccDeviceState state;
  cudaOccResult result{};
  EXPECT_EQ(cudaOccMaxActiveBlocksPerMultiprocessor(&result, &device, &kernel, &state, block.threads, 0),
            CUDA_OCC_SUCCESS);
  return result.activeBlocksPerMultiprocessor;
}

TEST(Occupancy, AgreesWithCuda) {
  for (const Multiprocessor& sm : kMultiprocessors) {
    for (int threads = 32; threads <= 1024; threads += 32) {
      for (const int registers : {16, 24, 31, 32, 33, 40, 48, 56, 63, 64}) {
        for (const int shared : {0, 100, 1024, 8320, 16640, 33280, 47000}) {
          const BlockNeeds block{threads, registers, shared};
          ASSERT_EQ(occupancy(sm, block).blocks, blocks_by_cuda(sm, block))
              << sm.name << ", " << threads << " threads, " << registers << " registers, " << shared
              << " bytes";
        }
      }
    }
  }
}
#endif

}  // namespace
}  // namespace weft::bench
