// Limits come from /proc and the cgroup file system. A file that is missing or says "max" means no limit: a
// machine without cgroups and one with both versions mounted go the same way.
#include "kernels/cpu/machine.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>
#include <vector>

#include "kernels/cpu_backend.hpp"

namespace weft::cpu {
namespace {

/// The number after `key` at the start of a line ("MemAvailable:", "inactive_file"), or none.
std::optional<std::uint64_t> keyed_number(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::uint64_t value = 0;
    if (words >> word && word == key && words >> value) return value;
  }
  return std::nullopt;
}

/// The first word of a file as a number; none when it is missing, "max" or negative (version 1's "no quota").
std::optional<double> first_number(const std::string& path) {
  std::ifstream file(path);
  double value = 0.0;
  if (file >> value && value >= 0.0) return value;
  return std::nullopt;
}

/// The folders of this process's group and all its parents under one controller's mount, innermost first.
/// `controller` is "" for version 2. Inside a container the path may not exist below the mount; the mount
/// itself is then the group, and it is always the last folder.
std::vector<std::string> group_folders(const CgroupPaths& paths, const std::string& controller) {
  std::ifstream file(paths.membership);
  std::string group = "/";
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::istringstream names(line.substr(first + 1, second - first - 1));
    bool ours = controller.empty() && second == first + 1;
    for (std::string name; std::getline(names, name, ',');) ours |= name == controller;
    if (ours) group = line.substr(second + 1);
  }
  const std::string mount = controller.empty() ? paths.root : paths.root + "/" + controller;
  std::vector<std::string> folders;
  while (group.size() > 1) {
    folders.push_back(mount + group);
    group.resize(group.rfind('/'));
  }
  folders.push_back(mount);
  return folders;
}

template <class T>
void keep_smaller(std::optional<T>& best, T value) {
  best = best ? std::min(*best, value) : value;
}

/// Quota of a version 2 folder: "max 100000" or "150000 100000".
std::optional<double> quota_v2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  double quota = 0.0;
  double period = 0.0;
  if (file >> quota >> period && period > 0.0) return quota / period;
  return std::nullopt;
}

std::optional<double> quota_v1(const std::string& folder) {
  const auto quota = first_number(folder + "/cpu.cfs_quota_us");
  const auto period = first_number(folder + "/cpu.cfs_period_us");
  if (quota && period && *period > 0.0) return *quota / *period;
  return std::nullopt;
}

/// Limit minus what cannot be dropped; none without a limit. `files` names limit, usage and droppable page
/// cache.
struct MemoryFiles {
  const char* limit;
  const char* usage;
  const char* droppable;
};

std::optional<std::size_t> memory_left(const std::string& folder, const MemoryFiles& files) {
  const auto limit = first_number(folder + files.limit);
  const auto usage = first_number(folder + files.usage);
  // Version 1 writes "no limit" as a number near 2^63.
  if (!limit || !usage || *limit >= 0x1.0p62) return std::nullopt;
  const auto cache = static_cast<double>(keyed_number(folder + "/memory.stat", files.droppable).value_or(0));
  const double used = std::max(0.0, *usage - cache);
  return static_cast<std::size_t>(std::max(0.0, *limit - used));
}

}  // namespace

std::optional<double> cgroup_cpu_quota(const CgroupPaths& paths) {
  std::optional<double> quota;
  for (const auto& folder : group_folders(paths, "")) {
    if (const auto value = quota_v2(folder)) keep_smaller(quota, *value);
  }
  for (const auto& folder : group_folders(paths, "cpu")) {
    if (const auto value = quota_v1(folder)) keep_smaller(quota, *value);
  }
  return quota;
}

std::optional<std::size_t> cgroup_memory_left(const CgroupPaths& paths) {
  std::optional<std::size_t> left;
  for (const auto& folder : group_folders(paths, "")) {
    const auto value = memory_left(folder, {"/memory.max", "/memory.current", "inactive_file"});
    if (value) keep_smaller(left, *value);
  }
  for (const auto& folder : group_folders(paths, "memory")) {
    const auto value =
        memory_left(folder, {"/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file"});
    if (value) keep_smaller(left, *value);
  }
  return left;
}

std::size_t available_memory() {
  const auto kilobytes = keyed_number("/proc/meminfo", "MemAvailable:");
  std::size_t bytes = std::numeric_limits<std::size_t>::max();
  if (kilobytes) bytes = static_cast<std::size_t>(*kilobytes) * 1024;
  return std::min(bytes, cgroup_memory_left().value_or(bytes));
}

}  // namespace weft::cpu

namespace weft {

int usable_cpus() {
  int cpus = static_cast<int>(std::thread::hardware_concurrency());
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof(mask), &mask) == 0) cpus = CPU_COUNT(&mask);
  if (const auto quota = cpu::cgroup_cpu_quota()) cpus = std::min(cpus, static_cast<int>(std::ceil(*quota)));
  return std::max(cpus, 1);
}

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

}  // namespace weft
