#include <isa-l/crc.h>

#include "data/base/checksum.hpp"
#include "data/base/upper_halves.hpp"

namespace weft::data {

std::uint32_t crc32(std::uint32_t before, const void* data, std::size_t size) {
  const std::uint32_t after = crc32_gzip_refl(before, static_cast<const unsigned char*>(data), size);
  clear_upper_halves();
  return after;
}

}  // namespace weft::data
