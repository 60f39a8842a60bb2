#pragma once
#include <vector>

#include "data/containers/file_array.hpp"

namespace weft::fuzz {

/// Reads every byte of the array, in plain code, so that the sanitizers see it.
inline void touch(const data::Array& array) {
  const auto* bytes = static_cast<const volatile std::uint8_t*>(array.data);
  for (std::size_t i = 0; i < array.bytes(); ++i) static_cast<void>(bytes[i]);
}

/// The same for one in a file: whole, and from its middle in pieces.
inline void touch(const data::FileArray& array) {
  constexpr std::int64_t kPiece = 7;
  std::vector<std::byte> piece(kPiece * dtype_bytes(array.dtype));
  const std::int64_t first = array.count() / 2;
  const auto cursor = array.open(first);
  for (std::int64_t left = array.count() - first;;) {
    left -= cursor->read(piece.data(), kPiece);
    if (left == 0) break;
  }
  touch(array.load().array);
}

}  // namespace weft::fuzz
