#pragma once
// Numbers as bytes, and deflate streams that compress nothing: enough to write the files that readers read.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::testing {

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

/// A deflate stream of stored (uncompressed) blocks.
inline std::string deflate(std::string_view bytes) {
  constexpr std::size_t kMostPerBlock = 65535;
  std::string out;
  std::size_t at = 0;
  do {
    const std::size_t size = std::min(kMostPerBlock, bytes.size() - at);
    out += at + size == bytes.size() ? '\x01' : '\x00';
    out += little_endian(size, 2) + little_endian(~size & 0xffff, 2);
    out += bytes.substr(at, size);
    at += size;
  } while (at < bytes.size());
  return out;
}

}  // namespace weft::testing
