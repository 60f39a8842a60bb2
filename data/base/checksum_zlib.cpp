#include <zlib.h>

#include "data/base/checksum.hpp"

namespace weft::data {

std::uint32_t crc32(std::uint32_t before, const void* data, std::size_t size) {
  return static_cast<std::uint32_t>(crc32_z(before, static_cast<const unsigned char*>(data), size));
}

}  // namespace weft::data
