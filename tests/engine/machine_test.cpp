#include "engine/report/machine.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace weft::engine {
namespace {

TEST(Machine, EveryFactIsThere) {
  const Machine machine = describe_machine();
  EXPECT_FALSE(machine.cpu_model.empty());
  EXPECT_GE(machine.cpus, 1);
  EXPECT_EQ(machine.instruction_sets.front(), "portable");
  EXPECT_FALSE(machine.git_revision.empty());
  for (const auto& [library, its_version] : machine.libraries) EXPECT_FALSE(its_version.empty()) << library;
  EXPECT_EQ(machine.version, version());
}

TEST(Machine, PeakMemoryGrowsWithWhatIsUsed) {
  constexpr std::size_t kBytes = std::size_t{64} << 20;
  const std::uint64_t before = peak_resident_bytes();
  EXPECT_GT(before, 0u);
  std::vector<char> used(kBytes);
  volatile char* last = &used.back();  // memory that nobody reads may be optimised away, allocation and all
  *last = 1;
  EXPECT_GE(peak_resident_bytes(), kBytes);
  EXPECT_GE(peak_resident_bytes(), before);
}

}  // namespace
}  // namespace weft::engine
