#pragma once
// What the layers above may know of the CPU backend: how to make one, and what machine it found. It lies
// beside backend.hpp because nobody outside kernels/cpu may include that folder.
#include <memory>
#include <string>

#include "kernels/backend.hpp"

namespace weft {

/// The instruction sets the hot loops are built for. All give the same bits.
enum class Isa : std::uint8_t {
  kAuto,      ///< WEFT_ISA from the environment (portable, avx2 or avx512), else the widest the machine has
  kPortable,  ///< any x86-64 or aarch64
  kAvx2,      ///< AVX2 and FMA
  kAvx512,    ///< AVX-512 F, BW, DQ and VL
};

/// "auto", "portable", "avx2" or "avx512".
const char* isa_name(Isa isa);
/// Whether this build has loops for `isa` and this machine can run them; true for kAuto.
bool isa_supported(Isa isa);

struct CpuOptions {
  int threads = 0;  ///< >= 1, or 0 for usable_cpus()
  Isa isa = Isa::kAuto;
};

/// Processors this process may use: the smaller of its affinity mask and its cgroup's quota, rounded up;
/// >= 1.
int usable_cpus();
/// The processor's name as the system tells it, or "unknown processor".
std::string cpu_model();

/// Errors: kInvalidArgument for a negative thread count or an unknown WEFT_ISA, kUnsupported for an
/// instruction set that this build or machine lacks.
std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options = {});

}  // namespace weft
