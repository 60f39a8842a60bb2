// What this machine offers, and what is missing.
#include <fstream>
#include <string>

#include "engine/devices.hpp"
#include "engine/include/weft/weft.hpp"
#include "engine/report/machine.hpp"
#include "kernels/cpu_backend.hpp"

namespace weft {
namespace {

std::uint64_t installed_memory() {
  std::ifstream meminfo("/proc/meminfo");
  for (std::string word; meminfo >> word;) {
    std::uint64_t kib = 0;
    if (word == "MemTotal:" && meminfo >> kib) return kib * 1024;
  }
  return 0;
}

/// The first word of the driver's own words that looks like a version.
std::string nvidia_driver() {
  std::ifstream version("/proc/driver/nvidia/version");
  for (std::string word; version >> word;) {
    if (word.find_first_not_of("0123456789.") == std::string::npos && word.find('.') != std::string::npos) {
      return word;
    }
  }
  return "";
}

GpuStatus gpu_status() {
  const CudaStatus cuda = cuda_status();
  return {engine::gpu_seems_present(),
          cuda.usable,
          cuda.description,
          nvidia_driver(),
          cuda.library,
          cuda.problem};
}

std::vector<std::string> advice_for(const Diagnosis& d) {
  std::vector<std::string> advice;
  if (!isa_supported(Isa::kAvx2) && !d.gpu.usable) {
    advice.emplace_back(
        "only the portable loops run on this CPU, which lacks AVX2 and FMA: training is slow");
  }
  if (d.gpu.usable) return advice;
  if (d.gpu.seen) {
    advice.push_back("the GPU is not used: " + d.gpu.problem);
  } else {
    advice.emplace_back(
        "no GPU is seen, so training runs on the CPU; if this machine has one of NVIDIA's, install its "
        "driver");
  }
  return advice;
}

}  // namespace

Diagnosis diagnose() {
  Diagnosis d;
  d.machine = engine::describe_machine();
  d.memory_bytes = installed_memory();
  d.memory_available_bytes = make_cpu_backend()->available_memory();
  d.gpu = gpu_status();
  d.advice = advice_for(d);
  return d;
}

}  // namespace weft
