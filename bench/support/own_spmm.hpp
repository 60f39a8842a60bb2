#pragma once
// The products of bench/spmm: found, and compared with a result known to be right before anyone times them.
#include <optional>

#include "bench/spmm/registry.hpp"

namespace weft::bench {

/// An element that is not what it should be.
struct WrongElement {
  std::int64_t row = 0;
  std::int64_t col = 0;
  float got = 0.0f;
  float wanted = 0.0f;
};

/// The first element of y that differs from `wanted` = A x by more than rounding in another order allows, for
/// x in [-1, 1]. NaN differs.
std::optional<WrongElement> first_wrong(const CsrView& a, const Mat& y, const ConstMat& wanted);

}  // namespace weft::bench
