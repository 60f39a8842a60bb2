#pragma once
// What a CUDA thread knows of itself, and how threads of a block and of a warp wait for and hear of each
// other. The rules are stricter than the hardware's, so that what is wrong on any GPU ends here, with the
// kernel, the thread, the file and the line:
//   - all threads of a block wait at the same __syncthreads(), none has left before;
//   - the lanes that a mask names make the same call at the same line, each is in its own mask, none has
//   left;
//   - the lane that a shuffle reads from is in the mask.
// __activemask() answers the caller's own lane only: the least that any GPU may answer.
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/simt/place.hpp"
#include "kernels/simt/qualifiers.hpp"
#include "kernels/simt/vector_types.hpp"

namespace weft::simt {

extern uint3 threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;
constexpr int warpSize = 32;

enum class WarpOp {
  kSync,
  kShuffle,
  kShuffleUp,
  kShuffleDown,
  kShuffleXor,
  kBallot,
  kAny,
  kAll,
};

/// Waits until every lane of `mask` has made the same call; returns this lane's result. A value of up to 8
/// bytes travels in the low bytes of `value`.
std::uint64_t warp_collective(WarpOp op, unsigned mask, std::uint64_t value, int argument, int width,
                              Place place);

/// Waits for all threads of the block; returns for how many of them `predicate` holds.
int block_barrier(bool predicate, Place place);

namespace detail {

template <class T>
WEFT_DEVICE T shuffle(WarpOp op, unsigned mask, T value, int argument, int width, Place place) {
  static_assert(std::is_trivially_copyable<T>::value && sizeof(T) <= 8, "lanes exchange up to 8 bytes");
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = warp_collective(op, mask, bits, argument, width, place);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

}  // namespace detail

// NOLINTBEGIN(bugprone-reserved-identifier): CUDA's own names.

WEFT_DEVICE void __syncthreads(Place place = Place::here()) { block_barrier(false, place); }
WEFT_DEVICE int __syncthreads_count(int predicate, Place place = Place::here()) {
  return block_barrier(predicate != 0, place);
}
WEFT_DEVICE int __syncthreads_or(int predicate, Place place = Place::here()) {
  return block_barrier(predicate != 0, place) > 0 ? 1 : 0;
}
WEFT_DEVICE int __syncthreads_and(int predicate, Place place = Place::here()) {
  return block_barrier(predicate == 0, place) == 0 ? 1 : 0;
}

WEFT_DEVICE void __syncwarp(unsigned mask = 0xffffffffu, Place place = Place::here()) {
  warp_collective(WarpOp::kSync, mask, 0, 0, warpSize, place);
}

template <class T>
WEFT_DEVICE T __shfl_sync(unsigned mask, T value, int source, int width = warpSize,
                          Place place = Place::here()) {
  return detail::shuffle(WarpOp::kShuffle, mask, value, source, width, place);
}
template <class T>
WEFT_DEVICE T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                             Place place = Place::here()) {
  return detail::shuffle(WarpOp::kShuffleUp, mask, value, static_cast<int>(delta), width, place);
}
template <class T>
WEFT_DEVICE T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                               Place place = Place::here()) {
  return detail::shuffle(WarpOp::kShuffleDown, mask, value, static_cast<int>(delta), width, place);
}
template <class T>
WEFT_DEVICE T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = warpSize,
                              Place place = Place::here()) {
  return detail::shuffle(WarpOp::kShuffleXor, mask, value, lane_mask, width, place);
}

WEFT_DEVICE unsigned __ballot_sync(unsigned mask, int predicate, Place place = Place::here()) {
  return static_cast<unsigned>(
      warp_collective(WarpOp::kBallot, mask, predicate != 0 ? 1 : 0, 0, warpSize, place));
}
WEFT_DEVICE int __any_sync(unsigned mask, int predicate, Place place = Place::here()) {
  return static_cast<int>(warp_collective(WarpOp::kAny, mask, predicate != 0 ? 1 : 0, 0, warpSize, place));
}
WEFT_DEVICE int __all_sync(unsigned mask, int predicate, Place place = Place::here()) {
  return static_cast<int>(warp_collective(WarpOp::kAll, mask, predicate != 0 ? 1 : 0, 0, warpSize, place));
}
unsigned __activemask();

// NOLINTEND(bugprone-reserved-identifier)

}  // namespace weft::simt
