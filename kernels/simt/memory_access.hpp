#pragma once
// Loads, stores and atomics as kernels spell them. A vector that does not lie on its own alignment is a fault
// with file and line, as it is on a GPU. Where kernel files are compiled with the thread sanitizer's hooks
// (see check.hpp), a vector access is told to the checking runtime as the one access that it is; the compiler
// would split it.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/simt/place.hpp"
#include "kernels/simt/qualifiers.hpp"
#include "kernels/simt/vector_types.hpp"

#if defined(__SANITIZE_THREAD__)
#define WEFT_SIMT_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEFT_SIMT_CHECKED 1
#endif
#endif

namespace weft::simt {

/// Ends the program: the kernel's thread accesses `bytes` bytes at `p`, which is not a multiple of them.
[[noreturn]] void misaligned(const void* p, std::size_t bytes, Place place);

namespace detail {

// In check_hooks.cpp: copies, and records the access at the caller's place in the code.
void checked_load(void* to, const void* from, std::size_t bytes);
void checked_store(void* to, const void* from, std::size_t bytes);

template <class V>
WEFT_DEVICE V load_vector(const void* p, Place place) {
  if (reinterpret_cast<std::uintptr_t>(p) % sizeof(V) != 0) misaligned(p, sizeof(V), place);
  V value;
#if defined(WEFT_SIMT_CHECKED)
  checked_load(&value, p, sizeof(V));
#else
  std::memcpy(&value, __builtin_assume_aligned(p, sizeof(V)), sizeof(V));
#endif
  return value;
}

template <class V>
WEFT_DEVICE void store_vector(void* p, V value, Place place) {
  if (reinterpret_cast<std::uintptr_t>(p) % sizeof(V) != 0) misaligned(p, sizeof(V), place);
#if defined(WEFT_SIMT_CHECKED)
  checked_store(p, &value, sizeof(V));
#else
  std::memcpy(__builtin_assume_aligned(p, sizeof(V)), &value, sizeof(V));
#endif
}

}  // namespace detail

WEFT_DEVICE float4 load4(const float* p, Place place = Place::here()) {
  return detail::load_vector<float4>(p, place);
}
WEFT_DEVICE void store4(float* p, float4 v, Place place = Place::here()) {
  detail::store_vector(p, v, place);
}
WEFT_DEVICE float4 load4_once(const float* p, Place place = Place::here()) {
  return detail::load_vector<float4>(p, place);
}
WEFT_DEVICE void store4_once(float* p, float4 v, Place place = Place::here()) {
  detail::store_vector(p, v, place);
}
WEFT_DEVICE uint2 load_uint2(const void* p, Place place = Place::here()) {
  return detail::load_vector<uint2>(p, place);
}
WEFT_DEVICE void store_uint2(void* p, uint2 v, Place place = Place::here()) {
  detail::store_vector(p, v, place);
}
WEFT_DEVICE uint4 load_uint4(const void* p, Place place = Place::here()) {
  return detail::load_vector<uint4>(p, place);
}
WEFT_DEVICE void store_uint4(void* p, uint4 v, Place place = Place::here()) {
  detail::store_vector(p, v, place);
}

WEFT_DEVICE void store4_whole(float* p, float4 v, Place place = Place::here()) { store4(p, v, place); }
WEFT_DEVICE void store_uint2_whole(void* p, uint2 v, Place place = Place::here()) {
  store_uint2(p, v, place);
}
WEFT_DEVICE void store_uint4_whole(void* p, uint4 v, Place place = Place::here()) {
  store_uint4(p, v, place);
}

// NOLINTBEGIN(bugprone-reserved-identifier): CUDA's own names.

template <class T>
WEFT_DEVICE T __ldg(const T* p, Place place = Place::here()) {
  return detail::load_vector<T>(p, place);
}
template <class T>
WEFT_DEVICE T __ldcs(const T* p, Place place = Place::here()) {
  return detail::load_vector<T>(p, place);
}
template <class T>
WEFT_DEVICE void __stcs(T* p, std::decay_t<T> value, Place place = Place::here()) {
  detail::store_vector(p, value, place);
}

// Fences order nothing here: blocks run one after the other, and no thread may wait for another block.
WEFT_DEVICE void __threadfence() {}
WEFT_DEVICE void __threadfence_block() {}

// NOLINTEND(bugprone-reserved-identifier)

// Atomics on integers only: sums of floats must keep an order.
template <class T>
WEFT_DEVICE T atomicAdd(T* p, std::decay_t<T> v) {
  static_assert(std::is_integral<T>::value && sizeof(T) >= 4, "sums of floats must keep an order");
  return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}
template <class T>
WEFT_DEVICE T atomicExch(T* p, std::decay_t<T> v) {
  static_assert(std::is_integral<T>::value && sizeof(T) >= 4, "CUDA has no such atomic");
  return __atomic_exchange_n(p, v, __ATOMIC_RELAXED);
}
/// Returns what was there before.
template <class T>
WEFT_DEVICE T atomicCAS(T* p, std::decay_t<T> expected, std::decay_t<T> v) {
  static_assert(std::is_integral<T>::value && sizeof(T) >= 4, "CUDA has no such atomic");
  __atomic_compare_exchange_n(p, &expected, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}
WEFT_DEVICE void atomic_add(std::int64_t* p, std::int64_t v) { atomicAdd(p, v); }
WEFT_DEVICE std::int32_t atomic_add(std::int32_t* p, std::int32_t v) { return atomicAdd(p, v); }

}  // namespace weft::simt
