// Any bytes as a cache file: it opens and every section can be read, or it is refused with an Error.
// Checksums would stop nearly every input at the door, so all but a few inputs get right ones: the first byte
// chooses, the second is the share of the rest that are sections (the others are their table).
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "data/base/checksum.hpp"
#include "data/store/store_format.hpp"
#include "kernels/base/error.hpp"
#include "tests/fuzz/touch.hpp"

namespace {

using namespace weft;

constexpr std::uint64_t kWorthReading = 1 << 24;  // inflating more shows nothing new and takes long

std::string with_header(const std::string& sections, const std::string& table, std::size_t count) {
  const std::string header = data::encode_header(count, data::kStoreHeaderBytes + sections.size(), table);
  return header + sections + table;
}

/// The input as sections and table behind a right header and, where the table can be read, with the sections'
/// own checksums put right.
std::string forge(const std::string& input, std::size_t count, std::size_t share) {
  const std::string sections = input.substr(0, input.size() * share / 256);
  const std::string table = input.substr(sections.size());
  const std::string file = with_header(sections, table, count);
  try {
    auto decoded =
        data::decode_sections(reinterpret_cast<const std::byte*>(file.data()), file.size(), "input");
    for (data::Section& section : decoded) {
      section.checksum = data::crc32(0, file.data() + section.offset, section.stored_bytes);
    }
    return with_header(sections, data::encode_table(decoded), count);
  } catch (const Error&) {
    return file;
  }
}

void read_all(const std::filesystem::path& path) {
  const auto store = data::Store::open(path);
  for (const std::string& name : store->names()) {
    try {
      fuzz::touch(store->array(name));
    } catch (const Error&) {
    }
  }
  store->verify(1);
}

bool worth_reading(const std::string& file) {
  std::uint64_t bytes = 0;
  for (const auto& section :
       data::decode_sections(reinterpret_cast<const std::byte*>(file.data()), file.size(), "input")) {
    bytes += section.raw_bytes;
    if (bytes > kWorthReading) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string input(reinterpret_cast<const char*>(data) + 2, size - 2);
  constexpr std::uint8_t kAsItIs = 255;
  const std::string file = data[0] == kAsItIs ? input : forge(input, data[0], data[1]);
  const auto path =
      std::filesystem::temp_directory_path() / ("weft-fuzz-" + std::to_string(::getpid()) + ".weft");
  std::ofstream(path, std::ios::binary).write(file.data(), static_cast<std::streamsize>(file.size()));
  try {
    if (worth_reading(file)) read_all(path);
  } catch (const Error&) {
  }
  std::filesystem::remove(path);
  return 0;
}
