#pragma once
// Vectors of a row's columns, the last one perhaps shorter. Included by files that are compiled once per
// instruction set.
#include "kernels/cpu/simd.hpp"

namespace weft::cpu::WEFT_ISA_NS {

/// `count` columns from `first` on, 0 < count <= kLanes.
struct Columns {
  std::int64_t first;
  int count;

  WEFT_INLINE Floats load_from(const float* row) const {
    return count == kLanes ? load(row + first) : load_first(row + first, count);
  }
  WEFT_INLINE void store_to(float* row, Floats v) const {
    if (count == kLanes) {
      store(row + first, v);
    } else {
      store_first(row + first, v, count);
    }
  }
};

/// Calls body(columns) until `width` columns are covered, in order.
template <class Body>
static WEFT_INLINE void for_each_columns(std::int64_t width, const Body& body) {
  std::int64_t j = 0;
  for (; j + kLanes <= width; j += kLanes) body(Columns{j, kLanes});
  if (j < width) body(Columns{j, static_cast<int>(width - j)});
}

}  // namespace weft::cpu::WEFT_ISA_NS
