// The libraries that check and inflate leave no vector register's upper half in use: see upper_halves.hpp.
#include "data/base/upper_halves.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "data/base/checksum.hpp"
#include "data/base/inflate.hpp"
#include "tests/support/raw_folder.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace weft::data {
namespace {

/// What the processor says of this thread, where it can tell.
std::optional<bool> upper_halves_in_use() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kStates = 0xD, kTellsWhatIsInUse = 1u << 2, kAvx = 1u << 2;
  if (!__builtin_cpu_supports("avx") || !__get_cpuid_count(kStates, 1, &a, &b, &c, &d)) return std::nullopt;
  if ((a & kTellsWhatIsInUse) == 0) return std::nullopt;
  asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(1));
  return (a & kAvx) != 0;
#else
  return std::nullopt;
#endif
}

void use_upper_halves() {
#if defined(__x86_64__)
  asm volatile("vpcmpeqd %%xmm5, %%xmm5, %%xmm5\n\tvinsertf128 $1, %%xmm5, %%ymm5, %%ymm5" : : : "xmm5");
#endif
}

/// Whether the processor keeps track: some say "in use" from the first use on.
bool tells_both_ways() {
#if defined(__x86_64__)
  if (!upper_halves_in_use()) return false;
  use_upper_halves();
  const std::optional<bool> used = upper_halves_in_use();
  asm volatile("vzeroupper");
  return used == true && upper_halves_in_use() == false;
#else
  return false;
#endif
}

class UpperHalves : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!tells_both_ways()) GTEST_SKIP() << "this processor does not tell which registers are in use";
  }
  const std::string text_ = std::string(1 << 16, 'w') + std::string(1 << 16, 'e');
};

TEST_F(UpperHalves, AreClearedWhereTheyWereInUse) {
  use_upper_halves();
  EXPECT_EQ(upper_halves_in_use(), true);
  clear_upper_halves();
  EXPECT_EQ(upper_halves_in_use(), false);
}

TEST_F(UpperHalves, AreClearBehindAChecksum) {
  EXPECT_NE(crc32(0, text_.data(), text_.size()), 0u);
  EXPECT_EQ(upper_halves_in_use(), false);
}

TEST_F(UpperHalves, AreClearBehindInflating) {
  const std::string zipped = weft::testing::gzip(text_);
  std::string out(text_.size(), '\0');
  Inflater inflater;
  const Inflater::Step step =
      inflater.inflate(reinterpret_cast<const std::uint8_t*>(zipped.data()), zipped.size(),
                       reinterpret_cast<std::uint8_t*>(out.data()), out.size());
  EXPECT_EQ(upper_halves_in_use(), false);
  EXPECT_EQ(step.produced, text_.size());
}

}  // namespace
}  // namespace weft::data
