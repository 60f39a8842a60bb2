#include "engine/report/machine.hpp"

#include <fmt/core.h>
#include <gnu/libc-version.h>
#include <zstd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "kernels/cpu_backend.hpp"

namespace weft::engine {
namespace {

std::map<std::string, std::string> library_versions() {
  return {{"compiler", __VERSION__},
          {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
          {"glibc", gnu_get_libc_version()},
          {"nlohmann_json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                        NLOHMANN_JSON_VERSION_PATCH)},
          {"zstd", ZSTD_versionString()}};
}

}  // namespace

Machine describe_machine() {
  Machine machine;
  machine.version = version();
  machine.git_revision = git_revision();
  machine.cpu_model = cpu_model();
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (isa_supported(isa)) machine.instruction_sets.emplace_back(isa_name(isa));
  }
  machine.cpus = usable_cpus();
  machine.libraries = library_versions();
  return machine;
}

std::uint64_t peak_resident_bytes() {
  // Not getrusage: its figure starts at what the program that started this one had.
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib * 1024;
  }
  return 0;
}

}  // namespace weft::engine
