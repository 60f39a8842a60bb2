#pragma once
// What a result depends on besides its options: program, machine, libraries.
#include <cstdint>

#include "engine/include/weft/weft.hpp"

namespace weft::engine {

/// CPU model, instruction sets, usable CPUs, versions of the program and of the libraries it was built with.
Machine describe_machine();

/// Most memory this process ever had resident, in bytes.
std::uint64_t peak_resident_bytes();

}  // namespace weft::engine
