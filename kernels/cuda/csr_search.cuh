#pragma once
// Binary searches over sorted arrays in device memory.
#include "kernels/base/types.hpp"
#include "kernels/simt/simt.hpp"

namespace weft::WEFT_DEVICE_NS {

/// The row that holds edge e, 0 <= e < offsets[rows]: the last row that begins at or before it, so that rows
/// without edges are passed over.
WEFT_DEVICE std::int64_t row_of_edge(const EdgeId* offsets, std::int64_t rows, EdgeId e) {
  std::int64_t low = 0;      // offsets[low] <= e
  std::int64_t high = rows;  // offsets[high] > e
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    if (__ldg(offsets + middle) <= e) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/// How many of the `size` ascending keys are below `bound`.
WEFT_DEVICE std::int64_t count_below(const NodeId* keys, std::int64_t size, std::int64_t bound) {
  std::int64_t low = 0;  // keys before low are below the bound, those from high on are not
  std::int64_t high = size;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (__ldg(keys + middle) < bound) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace weft::WEFT_DEVICE_NS
