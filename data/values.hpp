#pragma once
// Values of arrays whose type is known only when the program runs, and the type in which two of them meet.
#include <cmath>
#include <type_traits>
#include <vector>

#include "data/dataset.hpp"
#include "kernels/base/bf16.hpp"

namespace weft::data {

/// Calls body(values) with the array's values by their own type.
template <class Body>
decltype(auto) visit_values(const Array& array, const Body& body) {
  switch (array.dtype) {
    case DType::kBf16:
      return body(static_cast<const Bf16*>(array.data));
    case DType::kF64:
      return body(static_cast<const double*>(array.data));
    case DType::kI32:
      return body(static_cast<const std::int32_t*>(array.data));
    case DType::kI64:
      return body(static_cast<const std::int64_t*>(array.data));
    case DType::kU8:
      return body(static_cast<const std::uint8_t*>(array.data));
    case DType::kF32:
      break;
  }
  return body(static_cast<const float*>(array.data));
}

/// Calls body(T{}) with the type in which values of both types are compared: int64 for whole numbers, float
/// for float32 and bfloat16, which it holds exactly, double for everything else. Of these only int64 beyond
/// 2^53 beside floats is rounded, as NumPy rounds it.
template <class Body>
decltype(auto) in_common_type(DType a, DType b, const Body& body) {
  const auto whole = [](DType t) { return t == DType::kI32 || t == DType::kI64 || t == DType::kU8; };
  const auto narrow = [](DType t) { return t == DType::kF32 || t == DType::kBf16; };
  if (whole(a) && whole(b)) return body(std::int64_t{});
  if (narrow(a) && narrow(b)) return body(float{});
  return body(double{});
}

template <class T>
T widened(Bf16 value) {
  return static_cast<T>(to_float(value));
}
template <class T, class From>
T widened(From value) {
  return static_cast<T>(value);
}

/// Values [first, first + count) as T: where they are, if the array holds T, else widened into `scratch`.
template <class T>
const T* values_as(const Array& array, std::int64_t first, std::int64_t count, std::vector<T>& scratch) {
  return visit_values(array, [&](const auto* values) -> const T* {
    using From = std::remove_cv_t<std::remove_pointer_t<decltype(values)>>;
    if constexpr (std::is_same_v<From, T>) {
      return values + first;
    } else {
      scratch.resize(static_cast<std::size_t>(count));
      for (std::int64_t i = 0; i < count; ++i)
        scratch[static_cast<std::size_t>(i)] = widened<T>(values[first + i]);
      return scratch.data();
    }
  });
}

template <class T>
bool is_nan(T value) {
  return value != value;
}

}  // namespace weft::data
