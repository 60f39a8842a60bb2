#pragma once
// Zip archives byte by byte, right ones and broken ones, in PKWARE's format with a central directory.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/checksum.hpp"

namespace weft::testing {

struct ZipMember {
  std::string name;
  std::string bytes = {};                  // as they lie in the archive
  std::uint32_t mode = 0100644;            // Unix: kind and permissions
  std::uint16_t method = 0;                // 0 stored, 8 deflate
  std::uint16_t flags = 0;                 // 1: encrypted
  std::optional<std::uint32_t> crc = {};   // else that of `bytes`
  std::optional<std::uint32_t> size = {};  // unpacked; else that of `bytes`
};

namespace detail {

inline void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

/// What local header and directory entry have in common, from the flags to the length of the extra field.
inline std::string zip_facts(const ZipMember& m) {
  std::string out;
  put(out, m.flags, 2);
  put(out, m.method, 2);
  put(out, 0x00210000, 4);  // 1980-01-01 00:00
  put(out, m.crc.value_or(data::crc32(0, m.bytes.data(), m.bytes.size())), 4);
  put(out, static_cast<std::uint32_t>(m.bytes.size()), 4);
  put(out, m.size.value_or(static_cast<std::uint32_t>(m.bytes.size())), 4);
  put(out, static_cast<std::uint32_t>(m.name.size()), 2);
  put(out, 0, 2);
  return out;
}

}  // namespace detail

inline std::string zip_bytes(const std::vector<ZipMember>& members) {
  using detail::put;
  constexpr std::uint16_t kVersion = 20, kUnix = 3 << 8;
  std::string out, directory;
  for (const ZipMember& m : members) {
    directory += "PK\x01\x02";
    put(directory, kUnix | kVersion, 2);
    put(directory, kVersion, 2);
    directory += detail::zip_facts(m);
    directory.append(2 + 2 + 2, '\0');  // comment, disk, internal attributes
    put(directory, m.mode << 16, 4);
    put(directory, static_cast<std::uint32_t>(out.size()), 4);
    directory += m.name;
    out += "PK\x03\x04";
    put(out, kVersion, 2);
    out += detail::zip_facts(m) + m.name + m.bytes;
  }
  const auto at = static_cast<std::uint32_t>(out.size());
  out += directory + "PK\x05\x06";
  put(out, 0, 4);
  for (int i = 0; i < 2; ++i) put(out, static_cast<std::uint32_t>(members.size()), 2);
  put(out, static_cast<std::uint32_t>(directory.size()), 4);
  put(out, at, 4);
  put(out, 0, 2);
  return out;
}

}  // namespace weft::testing
