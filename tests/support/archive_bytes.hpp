#pragma once
// Archives of files as Unix packs them, with their modes.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/zip_bytes.hpp"

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

inline std::string archive_bytes(const std::vector<ZipMember>& members) {
  std::vector<ZipEntry> entries;
  for (const ZipMember& member : members) {
    ZipEntry& entry = entries.emplace_back();
    entry.name = member.name;
    entry.bytes = member.bytes;
    entry.checksum = member.crc;
    entry.raw_bytes = member.size;
    entry.method = member.method;
    entry.flags = member.flags;
    entry.attributes = member.mode << 16;
  }
  return zip_bytes(entries);
}

}  // namespace weft::testing
