#pragma once
// The checksum of the cache file: CRC-32 as gzip defines it (RFC 1952), from ISA-L or, where that is missing,
// from zlib.
#include <cstddef>
#include <cstdint>

namespace weft::data {

/// The checksum of what `before` stands for followed by `size` bytes at `data`. Nothing yet: 0.
std::uint32_t crc32(std::uint32_t before, const void* data, std::size_t size);

}  // namespace weft::data
