#pragma once
// What every reference returns: values in double, and the error it would forgive.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::reference {

/// Half an ulp of 1 in float32: the largest relative error of one rounding.
constexpr double kUnit = 0x1.0p-24;

struct Expected {
  std::vector<double> value;
  std::vector<double> bound;  // |got - value| <= bound

  Expected() = default;
  explicit Expected(std::int64_t size)
      : value(static_cast<std::size_t>(size), 0.0), bound(static_cast<std::size_t>(size), 0.0) {}
};

}  // namespace weft::reference
