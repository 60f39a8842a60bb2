#pragma once
// What every reference returns: values in double, and the error it would forgive.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/base/types.hpp"

namespace weft::reference {

/// Half an ulp of 1 in float32: the largest relative error of one rounding.
constexpr double kUnit = 0x1.0p-24;
/// The same of bfloat16, and half its smallest denormal.
constexpr double kBf16Unit = 0x1.0p-8;
constexpr double kBf16Tiny = 0x1.0p-134;

struct Expected {
  std::vector<double> value;
  std::vector<double> bound;  // |got - value| <= bound

  Expected() = default;
  explicit Expected(std::int64_t size)
      : value(static_cast<std::size_t>(size), 0.0), bound(static_cast<std::size_t>(size), 0.0) {}
};

/// sum + y: one rounding more.
inline Expected plus(Expected sum, const std::vector<float>& y) {
  for (std::size_t i = 0; i < sum.value.size(); ++i) {
    sum.value[i] += static_cast<double>(y[i]);
    sum.bound[i] += kUnit * (std::abs(sum.value[i]) + sum.bound[i]);
  }
  return sum;
}

/// What may be read back once `exact` was stored as `dtype`; its bound already allows for float32.
inline Expected as_stored(Expected exact, DType dtype) {
  if (dtype != DType::kBf16) return exact;
  for (std::size_t i = 0; i < exact.value.size(); ++i) {
    exact.bound[i] += kBf16Unit * (std::abs(exact.value[i]) + exact.bound[i]) + kBf16Tiny;
  }
  return exact;
}

}  // namespace weft::reference
