#pragma once
// What bench/gpu/ptxas_report.py wrote about each kernel: the part of it that occupancy needs.
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace weft::bench {

struct KernelResources {
  int registers = 0;     // per thread
  int shared_bytes = 0;  // static
};

class PtxasReport {
 public:
  /// Errors: kNotFound, kBadData naming the file.
  explicit PtxasReport(const std::filesystem::path& file);

  const std::string& architecture() const { return architecture_; }
  /// Of the kernel's instances for float32 that take this much static shared memory, or of all where none
  /// does, the one with the most registers: a launch knows its kernel by the words of the source, in which
  /// template arguments may be names.
  std::optional<KernelResources> find(const std::string& kernel, std::size_t shared_bytes) const;

 private:
  std::string architecture_;
  std::multimap<std::string, KernelResources> kernels_;  // by name without template arguments
};

}  // namespace weft::bench
