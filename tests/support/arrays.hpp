#pragma once
// Arrays over vectors, for tests of scores.
#include <limits>
#include <vector>

#include "data/dataset.hpp"

namespace weft::testing {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// [values], over memory that must outlive it.
template <class T>
data::Array vector_of(const std::vector<T>& values) {
  return {DTypeOf<T>::value, {static_cast<std::int64_t>(values.size())}, values.data()};
}

/// [values / columns, columns], over memory that must outlive it.
template <class T>
data::Array matrix_of(const std::vector<T>& values, std::int64_t columns = 1) {
  return {DTypeOf<T>::value, {static_cast<std::int64_t>(values.size()) / columns, columns}, values.data()};
}

}  // namespace weft::testing
