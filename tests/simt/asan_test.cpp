// What the address sanitizer finds in kernels and in host code beside them.
#include <cstdio>

#include "kernels/simt/simt.hpp"
#include "tests/simt/device_array.hpp"
#include "tests/simt/orders.hpp"

namespace weft::simt {
namespace {

__global__ void store_kernel(std::int64_t n, float* y) {
  const std::int64_t i = global_thread();
  if (i < n) y[i] = 1.0f;
}

__global__ void static_shared_kernel(int last, float* y) {
  WEFT_SHARED(float, tile, [32]);
  float* const moved = tile + last;  // out of the sight of the check of indices
  *moved = 1.0f;
  y[0] = *moved;
}

__global__ void dynamic_shared_kernel(float* y) {
  WEFT_DYN_SHARED(float, tile);
  tile[threadIdx.x] = 1.0f;
  y[threadIdx.x] = tile[threadIdx.x];
}

}  // namespace
}  // namespace weft::simt

namespace weft::testing {
namespace {

using namespace weft::simt;

class AsanDeathTest : public InEachOrder {
 protected:
  DeviceArray<float> y_{100};
};
WEFT_IN_EACH_ORDER(AsanDeathTest);

#define EXPECT_POISON(call) EXPECT_DEATH(call, "use-after-poison")

TEST_P(AsanDeathTest, DeviceMemory) {
  launch(WEFT_KERNEL(store_kernel), 2, 64, kNoShared, nullptr, 100, y_.data());
  EXPECT_POISON(launch(WEFT_KERNEL(store_kernel), 2, 64, kNoShared, nullptr, 101, y_.data()));
}

TEST_P(AsanDeathTest, DeviceMemoryThatIsNoLongerInUse) {
  void* const memory = make_device_memory(1024);
  use_device_memory(memory, 512);
  unuse_device_memory(memory);
  EXPECT_POISON(launch(WEFT_KERNEL(store_kernel), 1, 64, kNoShared, nullptr, 1, static_cast<float*>(memory)));
  free_device_memory(memory);
}

TEST_P(AsanDeathTest, SharedMemory) {
  launch(WEFT_KERNEL(static_shared_kernel), 1, 1, kNoShared, nullptr, 31, y_.data());
  EXPECT_POISON(launch(WEFT_KERNEL(static_shared_kernel), 1, 1, kNoShared, nullptr, 32, y_.data()));
  launch(WEFT_KERNEL(dynamic_shared_kernel), 1, 64, 64 * sizeof(float), nullptr, y_.data());
  EXPECT_POISON(launch(WEFT_KERNEL(dynamic_shared_kernel), 1, 64, 63 * sizeof(float), nullptr, y_.data()));
}

TEST_P(AsanDeathTest, HostReadsOfDeviceMemory) {
  const std::vector<float> zeros(100);
  {
    const HostAccess access;
    EXPECT_NE(std::memcmp(y_.data(), zeros.data(), y_.bytes()), 0);
  }
  EXPECT_POISON(std::fputc(static_cast<const char*>(static_cast<const void*>(y_.data()))[0], stderr));
}

}  // namespace
}  // namespace weft::testing
