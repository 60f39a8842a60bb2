#include "kernels/cpu/isa.hpp"

#include <cstring>

namespace weft {

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kAuto:
      return "auto";
    case Isa::kPortable:
      return "portable";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
  }
  return "unknown";
}

bool isa_supported(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == Isa::kAvx512) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return isa == Isa::kAuto || isa == Isa::kPortable;
}

namespace cpu {
namespace {

Isa isa_from_environment(const char* value) {
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (std::strcmp(value, isa_name(isa)) == 0) return isa;
  }
  fail(ErrorCode::kInvalidArgument, "WEFT_ISA is '", value,
       "'; set it to portable, avx2 or avx512, or unset it");
}

Isa widest() {
  for (const Isa isa : {Isa::kAvx512, Isa::kAvx2}) {
    if (isa_supported(isa)) return isa;
  }
  return Isa::kPortable;
}

}  // namespace

Isa resolve_isa(Isa wanted, const char* environment) {
  const bool from_environment = wanted == Isa::kAuto && environment != nullptr;
  if (from_environment) wanted = isa_from_environment(environment);
  if (wanted == Isa::kAuto) return widest();
  if (!isa_supported(wanted)) {
    fail(ErrorCode::kUnsupported, from_environment ? "WEFT_ISA asks for " : "the CPU backend was asked for ",
         isa_name(wanted), ", which this machine cannot run; the widest it can is ", isa_name(widest()));
  }
  return wanted;
}

}  // namespace cpu
}  // namespace weft
