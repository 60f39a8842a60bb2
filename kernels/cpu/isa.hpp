#pragma once
// Choice of the instruction set.
#include "kernels/cpu_backend.hpp"

namespace weft::cpu {

/// What `wanted` stands for on this machine; `environment` is the value of WEFT_ISA or null, and counts only
/// for kAuto. Errors: kInvalidArgument for an unknown value, kUnsupported for a set that cannot run here.
Isa resolve_isa(Isa wanted, const char* environment);

}  // namespace weft::cpu
