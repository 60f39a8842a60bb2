#pragma once
// The numbers that golden files are computed from, here and in Python: a hash of what they are for and where they stand.
#include <cstdint>

namespace weft::testing {

/// In [-1, 1), with 24 bits.
inline double formula(std::uint32_t stream, std::uint32_t row, std::uint32_t col) {
  std::uint32_t x = stream * 0x9E3779B1u + row * 0x85EBCA77u + col * 0xC2B2AE3Du + 0x165667B1u;
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return (x >> 8) / 8388608.0 - 1.0;
}

}  // namespace weft::testing
