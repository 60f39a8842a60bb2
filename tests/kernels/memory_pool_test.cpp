// The device memory pool on the host execution: what is kept and reused, what is counted, and running out.
#include "kernels/cuda/memory_pool.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "kernels/cuda/runtime.hpp"
#include "kernels/simt/simt_backend.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

constexpr std::size_t kMega = std::size_t{1} << 20;

/// A device of `bytes` bytes until the end of the test.
class Device {
 public:
  explicit Device(std::size_t bytes) {
    setenv("WEFT_SIMT_MEMORY", std::to_string(bytes).c_str(), 1);
    facts_ = simt::open_device(0);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device() {
    unsetenv("WEFT_SIMT_MEMORY");
    simt::open_device(0);
  }
  std::size_t bytes() const { return facts_.memory_bytes; }

 private:
  simt::DeviceFacts facts_;
};

TEST(MemoryPool, HandsABlockOutAgainToWhoAsksForAboutAsMuch) {
  simt::MemoryPool pool("a device", kMega);
  void* first = pool.allocate(10000, "first");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first) % 256, 0u);
  pool.release(first);
  EXPECT_EQ(pool.kept(), 10240u);
  EXPECT_EQ(pool.allocate(9500, "second"), first);
  EXPECT_EQ(pool.kept(), 0u);
}

TEST(MemoryPool, KeepsALargeBlockFromASmallRequest) {
  simt::MemoryPool pool("a device", 100 * kMega);
  pool.release(pool.allocate(8 * kMega, "large"));
  pool.allocate(6 * kMega, "small");
  EXPECT_EQ(pool.kept(), 8 * kMega);
}

TEST(MemoryPool, CountsUnitsInUseAndTheMostOfThem) {
  simt::MemoryPool pool("a device", 100 * kMega);
  void* small = pool.allocate(1, "small");
  EXPECT_EQ(pool.in_use(), 256u);
  void* large = pool.allocate(2 * kMega + 1, "large");
  EXPECT_EQ(pool.in_use(), 256u + 4 * kMega);
  pool.release(large);
  EXPECT_EQ(pool.in_use(), 256u);
  EXPECT_EQ(pool.peak(), 256u + 4 * kMega);
  // A reused block counts as what was asked for, so that the peak does not depend on what came before.
  void* again = pool.allocate(257, "again");
  pool.release(again);
  EXPECT_EQ(pool.allocate(512, "reused"), again);
  EXPECT_EQ(pool.in_use(), 256u + 512u);
  pool.release(small);
}

TEST(MemoryPool, GivesKeptBlocksBackBeforeItGivesUp) {
  const Device device(10 * kMega);
  simt::MemoryPool pool("a device", device.bytes());
  void* first = pool.allocate(4 * kMega, "first");
  pool.release(first);
  EXPECT_EQ(pool.available(), 10 * kMega);
  pool.release(pool.allocate(8 * kMega, "needs what was kept"));
  EXPECT_EQ(pool.kept(), 8 * kMega);
}

TEST(MemoryPool, SaysWhatWasNeededAndWhatIsFree) {
  const Device device(10 * kMega);
  simt::MemoryPool pool("a device", device.bytes());
  pool.allocate(4 * kMega, "first");
  const std::string message =
      error_of(ErrorCode::kOutOfMemory, [&] { pool.allocate(7 * kMega, "hidden activations"); });
  EXPECT_EQ(message,
            "hidden activations needs 7340032 bytes but 6291456 of 10485760 on a device are free; use a "
            "smaller model or dataset, or free memory there");
  EXPECT_EQ(pool.in_use(), 4 * kMega);
  for (const std::size_t absurd : {SIZE_MAX, SIZE_MAX - kMega}) {
    error_of(ErrorCode::kOutOfMemory, [&] { pool.allocate(absurd, "too much"); });
  }
}

TEST(MemoryPool, GivesEverythingBackAtTheEnd) {
  const Device device(10 * kMega);
  {
    simt::MemoryPool pool("a device", device.bytes());
    pool.allocate(2 * kMega, "still in use");
    pool.release(pool.allocate(4 * kMega, "kept"));
    EXPECT_EQ(simt::device_memory_free(), 4 * kMega);
  }
  EXPECT_EQ(simt::device_memory_free(), 10 * kMega);
}

TEST(SimtDevice, WantsItsLimitAsANumber) {
  setenv("WEFT_SIMT_MEMORY", "8G", 1);
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument, [] { make_simt_backend(); }),
            "WEFT_SIMT_MEMORY is '8G'; give a number of bytes");
  unsetenv("WEFT_SIMT_MEMORY");
}

}  // namespace
}  // namespace weft::testing
