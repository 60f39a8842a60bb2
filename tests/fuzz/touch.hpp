#pragma once
#include "data/dataset.hpp"

namespace weft::fuzz {

/// Reads every byte of the array, in plain code, so that the sanitizers see it.
inline void touch(const data::Array& array) {
  const auto* bytes = static_cast<const volatile std::uint8_t*>(array.data);
  for (std::size_t i = 0; i < array.bytes(); ++i) static_cast<void>(bytes[i]);
}

}  // namespace weft::fuzz
