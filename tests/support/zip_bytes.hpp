#pragma once
// Zip files in memory, right or broken on purpose.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/base/checksum.hpp"
#include "tests/support/deflate_bytes.hpp"

namespace weft::testing {

struct ZipEntry {
  std::string name;
  std::string bytes;
  bool deflated = false;
  // What the directory says instead of the truth.
  std::optional<std::uint32_t> checksum = std::nullopt;
  std::optional<std::uint64_t> raw_bytes = std::nullopt;
  std::optional<std::uint64_t> stored_bytes = std::nullopt;
  std::optional<std::uint64_t> header_at = std::nullopt;
  std::optional<std::uint16_t> method = std::nullopt;    // in both headers
  std::optional<std::string> local_name = std::nullopt;  // in the local header
  std::optional<std::string> stored = std::nullopt;      // the bytes in the file
  std::uint16_t flags = 0;
  std::uint32_t attributes = 0;  // Unix's mode is the upper half
};

struct ZipOptions {
  bool zip64 = false;         // every size and offset is in zip64 fields and records
  bool descriptors = false;   // sizes follow the data, the local header has zeros, as PyTorch writes
  std::size_t alignment = 1;  // of the members' bytes, by an extra field of PyTorch's kind
  std::string comment = "";
};

/// `entries` as one archive.
inline std::string zip_bytes(const std::vector<ZipEntry>& entries, const ZipOptions& options = {}) {
  constexpr std::uint64_t kIn64 = 0xffffffff;
  constexpr std::uint16_t kDescriptor = 0x0008;
  std::string out, directory;
  for (const ZipEntry& entry : entries) {
    const std::string stored = entry.stored.value_or(entry.deflated ? deflate(entry.bytes) : entry.bytes);
    const std::string method = little_endian(entry.method.value_or(entry.deflated ? 8 : 0), 2);
    const std::uint64_t header_at = entry.header_at.value_or(out.size());
    const std::uint64_t raw_bytes = entry.raw_bytes.value_or(entry.bytes.size());
    const std::uint64_t stored_bytes = entry.stored_bytes.value_or(stored.size());
    const std::string checksum =
        little_endian(entry.checksum.value_or(data::crc32(0, entry.bytes.data(), entry.bytes.size())), 4);
    const std::string flags = little_endian(entry.flags | (options.descriptors ? kDescriptor : 0), 2);
    const std::string sizes = checksum + little_endian(stored_bytes, 4) + little_endian(raw_bytes, 4);
    const std::string in64 = checksum + little_endian(kIn64, 4) + little_endian(kIn64, 4);
    const std::string wide = little_endian(raw_bytes, 8) + little_endian(stored_bytes, 8);

    const std::string local_name = entry.local_name.value_or(entry.name);
    std::string extra = options.zip64 ? little_endian(1, 2) + little_endian(16, 2) + wide : "";
    const std::size_t data_at = out.size() + 30 + local_name.size() + extra.size() + 4;
    if (options.alignment > 1) {
      const std::size_t padding = (options.alignment - data_at % options.alignment) % options.alignment;
      extra += "FB" + little_endian(padding, 2) + std::string(padding, 'Z');
    }
    out += "PK\x03\x04" + little_endian(45, 2) + flags + method + little_endian(0, 4) +
           (options.descriptors ? std::string(12, '\0')
            : options.zip64     ? in64
                                : sizes) +
           little_endian(local_name.size(), 2) + little_endian(extra.size(), 2) + local_name + extra + stored;
    if (options.descriptors) out += "PK\x07\x08" + sizes;

    const std::string extra64 =
        options.zip64 ? little_endian(1, 2) + little_endian(24, 2) + wide + little_endian(header_at, 8) : "";
    directory += "PK\x01\x02" + little_endian(0x032d, 2) + little_endian(45, 2) + flags + method +
                 little_endian(0, 4) + (options.zip64 ? in64 : sizes) + little_endian(entry.name.size(), 2) +
                 little_endian(extra64.size(), 2) + little_endian(0, 6) + little_endian(entry.attributes, 4) +
                 little_endian(options.zip64 ? kIn64 : header_at, 4) + entry.name + extra64;
  }
  const std::size_t begin = out.size(), count = entries.size();
  out += directory;
  if (options.zip64) {
    const std::size_t record = out.size();
    out += "PK\x06\x06" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) +
           little_endian(0, 8) + little_endian(count, 8) + little_endian(count, 8) +
           little_endian(directory.size(), 8) + little_endian(begin, 8);
    out += "PK\x06\x07" + little_endian(0, 4) + little_endian(record, 8) + little_endian(1, 4);
  }
  const std::uint64_t few = options.zip64 ? 0xffff : count;
  return out + "PK\x05\x06" + little_endian(0, 4) + little_endian(few, 2) + little_endian(few, 2) +
         little_endian(options.zip64 ? kIn64 : directory.size(), 4) +
         little_endian(options.zip64 ? kIn64 : begin, 4) + little_endian(options.comment.size(), 2) +
         options.comment;
}

}  // namespace weft::testing
