#pragma once
#include <cstdint>

#include "kernels/base/view.hpp"

namespace weft::cpu {

/// Whether a product is to write c past the caches: it is so large that nothing of it would be left there for
/// whoever reads it next, and its rows are whole vectors of every width.
inline bool is_streamed(const Mat& c) {
  constexpr std::int64_t kLargeBytes = std::int64_t{32} << 20, kVectorBytes = 64;
  constexpr auto kValue = static_cast<std::int64_t>(sizeof(float));
  const auto address = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(c.data));
  const std::int64_t places = address | c.ld * kValue | c.cols * kValue;
  return places % kVectorBytes == 0 && c.rows * c.cols * kValue >= kLargeBytes;
}

}  // namespace weft::cpu
