#pragma once
// What the system and the container leave to this process.
#include <cstddef>
#include <optional>
#include <string>

namespace weft::cpu {

/// Bytes that can still be allocated: the smaller of the machine's available memory and what the cgroup's
/// limit leaves.
std::size_t available_memory();

/// Where the limits of control groups are read; the tests point it at a made tree.
struct CgroupPaths {
  std::string membership = "/proc/self/cgroup";
  std::string root = "/sys/fs/cgroup";
};

/// Processors worth of time the cgroup grants (versions 1 and 2, this group and its parents), none when
/// unlimited.
std::optional<double> cgroup_cpu_quota(const CgroupPaths& paths = {});
/// Bytes the cgroup's memory limit leaves, page cache that can be dropped counted as free; none when
/// unlimited.
std::optional<std::size_t> cgroup_memory_left(const CgroupPaths& paths = {});

}  // namespace weft::cpu
