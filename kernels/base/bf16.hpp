#pragma once
// bfloat16 as a stored type: the upper half of a float32. Arithmetic is done in float32.
#include <cstdint>
#include <cstring>

#include "kernels/base/types.hpp"

namespace weft {

struct Bf16 {
  std::uint16_t bits;
};

WEFT_HOST_DEVICE inline float to_float(Bf16 value) {
  const std::uint32_t bits = std::uint32_t{value.bits} << 16;
  float result;
  std::memcpy(&result, &bits, sizeof(result));
  return result;
}

/// Rounded to nearest, ties to even; a NaN stays one.
WEFT_HOST_DEVICE inline Bf16 to_bf16(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  if (value != value) return {static_cast<std::uint16_t>((bits >> 16) | 0x40u)};
  return {static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16)};
}

template <>
struct DTypeOf<Bf16> {
  static constexpr DType value = DType::kBf16;
};

}  // namespace weft
