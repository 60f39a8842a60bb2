#pragma once
// Sums over the threads of a block.
#include "kernels/simt/simt.hpp"

namespace weft::WEFT_DEVICE_NS {

/// The sum over a block's threads in a fixed order, for thread 0; the others get a part of it. All threads
/// take part. Calls with the same `threads` and T share their memory: put a barrier between two of them.
template <int threads, class T>
WEFT_DEVICE T block_sum(T value) {
  constexpr int kWarps = threads / kWarp;
  WEFT_SHARED(T, of_warps, [kWarps]);
  value = warp_sum(value);
  if (lane() == 0) of_warps[warp_in_block()] = value;
  __syncthreads();
  if (threadIdx.x != 0) return value;
  for (int w = 1; w < kWarps; ++w) value += of_warps[w];
  return value;
}

}  // namespace weft::WEFT_DEVICE_NS
