#pragma once
// Rounding to bfloat16 by its definition: the nearer of the two neighbours.
#include <cmath>
#include <cstdint>
#include <limits>

namespace weft::reference {

/// The bfloat16 nearest to `value`, of two equally near the one whose last bit is 0. What rounds to 2^128 is
/// infinite. NaN stays NaN.
inline float nearest_bf16(float value) {
  if (std::isnan(value) || std::isinf(value)) return value;
  const double size = std::abs(static_cast<double>(value));
  // 2^-126 is the smallest normal; 7 bits follow the first.
  const int exponent = size < 0x1.0p-126 ? -126 : std::ilogb(size);
  const double step = std::ldexp(1.0, exponent - 7);
  double steps = std::floor(size / step);  // exact: a division by a power of two
  const double rest = size / step - steps;
  if (rest > 0.5 || (rest == 0.5 && std::fmod(steps, 2.0) == 1.0)) steps += 1.0;
  const double rounded = steps * step;
  const float magnitude =
      rounded >= 0x1.0p128 ? std::numeric_limits<float>::infinity() : static_cast<float>(rounded);
  return std::copysign(magnitude, value);
}

}  // namespace weft::reference
