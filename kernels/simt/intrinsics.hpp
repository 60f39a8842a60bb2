#pragma once
// CUDA's bit operations and mathematics that the C++ library lacks or names otherwise.
#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/simt/qualifiers.hpp"

namespace weft::simt {

namespace detail {

template <class To, class From>
WEFT_DEVICE To bits_as(From value) {
  static_assert(sizeof(To) == sizeof(From), "the same bits, read as another type");
  To result;
  std::memcpy(&result, &value, sizeof(To));
  return result;
}

}  // namespace detail

// As in CUDA, for arguments of one type; a mixture of types is an error here.
template <class T>
WEFT_DEVICE T min(T a, T b) {
  return b < a ? b : a;
}
template <class T>
WEFT_DEVICE T max(T a, T b) {
  return a < b ? b : a;
}

WEFT_DEVICE float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
WEFT_DEVICE double rsqrt(double x) { return 1.0 / std::sqrt(x); }

// NOLINTBEGIN(bugprone-reserved-identifier): CUDA's own names.

WEFT_DEVICE unsigned __float_as_uint(float x) { return detail::bits_as<unsigned>(x); }
WEFT_DEVICE int __float_as_int(float x) { return detail::bits_as<int>(x); }
WEFT_DEVICE float __uint_as_float(unsigned x) { return detail::bits_as<float>(x); }
WEFT_DEVICE float __int_as_float(int x) { return detail::bits_as<float>(x); }
WEFT_DEVICE long long __double_as_longlong(double x) { return detail::bits_as<long long>(x); }
WEFT_DEVICE double __longlong_as_double(long long x) { return detail::bits_as<double>(x); }

WEFT_DEVICE unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((std::uint64_t{a} * b) >> 32);
}
WEFT_DEVICE int __popc(unsigned x) { return __builtin_popcount(x); }
WEFT_DEVICE int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
WEFT_DEVICE int __ffs(int x) { return __builtin_ffs(x); }
WEFT_DEVICE int __ffsll(long long x) { return __builtin_ffsll(x); }
WEFT_DEVICE int __clz(int x) { return x == 0 ? 32 : __builtin_clz(static_cast<unsigned>(x)); }
WEFT_DEVICE int __clzll(long long x) {
  return x == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(x));
}

// NOLINTEND(bugprone-reserved-identifier)

}  // namespace weft::simt
