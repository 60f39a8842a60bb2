#pragma once
// A device-wide sort as a library does it: CUB in sort.cu, the standard library in kernels/simt/sort.cpp.
#include <cstddef>

#include "kernels/cuda/runtime.hpp"

namespace weft::WEFT_DEVICE_NS {

/// Keys in [0, key_end) with a value each.
struct SortPairs {
  const NodeId* keys = nullptr;     // [size]
  const NodeId* values = nullptr;   // [size]
  NodeId* sorted_keys = nullptr;    // [size], ascending
  NodeId* sorted_values = nullptr;  // [size], those of equal keys in the order they came in
  std::int64_t size = 0;
  NodeId key_end = 0;
};

std::size_t sort_pairs_scratch(std::int64_t size, NodeId key_end);
/// Errors: kUnsupported with the library's words.
void sort_pairs(Queue queue, const SortPairs& pairs, void* scratch, std::size_t scratch_bytes);

}  // namespace weft::WEFT_DEVICE_NS
