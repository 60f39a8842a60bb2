// Any bytes as a zip file: its members are read whole and in pieces, or it is refused with an Error. The
// first byte of an input chooses what the rest is: a whole file, or the compressed bytes of a member, whose
// directory says whatever the two bytes after it say.
#include <array>
#include <cstdint>
#include <string>

#include "data/containers/zip_directory.hpp"
#include "kernels/base/error.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/zip_bytes.hpp"

namespace {

using namespace weft;

void read(const data::ZipDirectory& zip, const data::ZipMember& member) {
  try {
    const auto reader = zip.read(member);
    std::array<std::byte, 13> piece;
    std::uint64_t bytes = 0;
    while (const std::size_t got = reader->read(piece.data(), piece.size())) bytes += got;
    if (bytes != member.raw_bytes) __builtin_trap();
    if (zip.bytes(member).size != bytes) __builtin_trap();
  } catch (const Error&) {
  }
}

std::string with_member(const std::string& stored, std::uint64_t raw_bytes, std::uint8_t choice) {
  testing::ZipEntry entry{"member", "", true};
  entry.stored = stored;
  entry.raw_bytes = raw_bytes;
  testing::ZipOptions options;
  options.zip64 = (choice & 2) != 0;
  options.descriptors = (choice & 4) != 0;
  return testing::zip_bytes({{"first", "bytes"}, entry}, options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::string file = (data[0] & 1) != 0 ? with_member(rest, data[1] + 256U * data[2], data[0]) : rest;
  try {
    const data::ZipDirectory zip(testing::file_in_memory("input", file));
    for (const data::ZipMember& member : zip.members()) {
      if (zip.find(member.name) != &member) __builtin_trap();
      read(zip, member);
    }
  } catch (const Error&) {
  }
  return 0;
}
