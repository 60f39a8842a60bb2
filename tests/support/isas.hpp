#pragma once
// The instruction sets that this machine can run.
#include <vector>

#include "kernels/cpu_backend.hpp"

namespace weft::testing {

/// From the narrowest to the widest.
inline std::vector<Isa> supported_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (isa_supported(isa)) isas.push_back(isa);
  }
  return isas;
}

}  // namespace weft::testing
