#pragma once
// What lanes of a warp access together, and how a GPU would serve it.
#include <array>
#include <cstdint>

#include "kernels/simt/counters.hpp"
#include "kernels/simt/machine.hpp"

namespace weft::simt {

struct Request {
  std::uint32_t lanes = 0;  // that take part
  std::uint32_t bytes = 0;  // per lane
  std::array<std::uintptr_t, kLanes> address{};

  void add(int lane, std::uintptr_t at, std::size_t size) {
    lanes |= 1u << lane;
    address[static_cast<std::size_t>(lane)] = at;
    bytes = static_cast<std::uint32_t>(size);
  }
};

/// Loads or stores of device memory.
RequestCounters count_device(const Request& request);
SharedCounters count_shared(const Request& request);
AtomicCounters count_atomics(const Request& request);

}  // namespace weft::simt
