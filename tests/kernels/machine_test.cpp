// Limits read from made cgroup trees.
#include "kernels/cpu/machine.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "kernels/cpu_backend.hpp"

namespace weft::cpu {
namespace {

namespace fs = std::filesystem;

class Cgroups : public ::testing::Test {
 protected:
  Cgroups() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(::testing::TempDir()) / (std::string("weft_cgroups_") + test->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Cgroups() override { fs::remove_all(folder_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }
  CgroupPaths paths() const { return {folder_ / "membership", folder_ / "fs"}; }

  fs::path folder_;
};

TEST_F(Cgroups, WithoutAnyThereIsNoLimit) {
  EXPECT_FALSE(cgroup_cpu_quota(paths()).has_value());
  EXPECT_FALSE(cgroup_memory_left(paths()).has_value());
}

TEST_F(Cgroups, VersionTwoTakesTheTightestOfGroupAndParents) {
  write("membership", "0::/outer/inner\n");
  write("fs/outer/inner/cpu.max", "max 100000\n");
  write("fs/outer/cpu.max", "150000 100000\n");
  write("fs/outer/inner/memory.max", "1000\n");
  write("fs/outer/inner/memory.current", "700\n");
  write("fs/outer/inner/memory.stat", "anon 500\nfile 200\ninactive_file 150\n");
  write("fs/outer/memory.max", "max\n");
  write("fs/outer/memory.current", "900\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(paths()).value(), 1.5);
  EXPECT_EQ(cgroup_memory_left(paths()).value(), 450u);  // 1000 - (700 - 150)
}

TEST_F(Cgroups, VersionOneHasAFolderPerController) {
  write("membership", "9:name=systemd:/\n4:memory:/box\n1:cpu,cpuacct:/box\n0::/\n");
  write("fs/cpu/box/cpu.cfs_quota_us", "-1\n");
  write("fs/cpu/cpu.cfs_quota_us", "50000\n");
  write("fs/cpu/cpu.cfs_period_us", "100000\n");
  write("fs/memory/box/memory.limit_in_bytes", "1000\n");
  write("fs/memory/box/memory.usage_in_bytes", "1200\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(paths()).value(), 0.5);
  EXPECT_EQ(cgroup_memory_left(paths()).value(), 0u);  // over the limit: nothing is left, not a huge number
}

TEST_F(Cgroups, VersionOneWritesNoMemoryLimitAsAHugeNumber) {
  write("membership", "4:memory:/\n");
  write("fs/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("fs/memory/memory.usage_in_bytes", "5\n");
  EXPECT_FALSE(cgroup_memory_left(paths()).has_value());
}

TEST_F(Cgroups, AreReadAtTheMountWhenTheContainerHidesTheGroup) {
  write("membership", "0::/somewhere/outside\n");
  write("fs/cpu.max", "200000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(paths()).value(), 2.0);
}

TEST(Machine, HasProcessorsAndMemory) {
  EXPECT_GE(usable_cpus(), 1);
  EXPECT_GT(available_memory(), std::size_t{1} << 20);
  EXPECT_FALSE(cpu_model().empty());
}

}  // namespace
}  // namespace weft::cpu
