#include "data/store/store_format.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <set>
#include <type_traits>

#include "data/base/aligned.hpp"
#include "data/base/checksum.hpp"

namespace weft::data {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

// Not text, and changed by whatever converts line ends or cuts at control characters.
constexpr char kMagic[] = {'\x89', 'W', 'E', 'F', 'T', '\r', '\n', '\x1a'};
constexpr std::size_t kHeaderChecksumAt = 60;
constexpr std::size_t kReservedBytes = 16;
constexpr std::size_t kEntryBytes = 32;  // of a table entry before its dimensions and name
// A zstd block is at least 4 bytes and holds at most 128 KiB, so no honest frame grows more than this.
constexpr std::uint64_t kMaxZstdGrowth = 32768;

template <class T>
void put(std::string& out, T value) {
  static_assert(std::is_integral_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

/// Reads numbers off a run of bytes; the caller has asked has() first.
class Cursor {
 public:
  Cursor(const std::byte* data, std::size_t bytes) : data_(data), left_(bytes) {}

  bool has(std::size_t bytes) const { return left_ >= bytes; }
  bool done() const { return left_ == 0; }

  template <class T>
  T take() {
    T value;
    std::memcpy(&value, data_, sizeof(value));
    skip(sizeof(value));
    return value;
  }
  std::string take_text(std::size_t bytes) {
    std::string text(reinterpret_cast<const char*>(data_), bytes);
    skip(bytes);
    return text;
  }
  void skip(std::size_t bytes) {
    data_ += bytes;
    left_ -= bytes;
  }

 private:
  const std::byte* data_;
  std::size_t left_;
};

struct Header {
  std::uint32_t sections;
  std::uint64_t table_offset;
  std::uint64_t table_bytes;
};

Header decode_header(const std::byte* file, std::size_t bytes, const std::string& name) {
  if (bytes < sizeof(kMagic) + sizeof(std::uint32_t)) fail_damaged(name, "too short for a cache file");
  if (std::memcmp(file, kMagic, sizeof(kMagic)) != 0)
    fail_damaged(name, "does not begin as a cache file does");
  Cursor in(file + sizeof(kMagic), std::min(bytes, kStoreHeaderBytes) - sizeof(kMagic));
  const auto version = in.take<std::uint32_t>();
  if (version != kStoreVersion) {
    fail(ErrorCode::kStale, name, ": cache format ", version, " where this program reads ", kStoreVersion,
         "; run 'weft convert' again");
  }
  if (bytes < kStoreHeaderBytes) fail_damaged(name, "cut off inside its header");
  std::uint32_t checksum = 0;
  std::memcpy(&checksum, file + kHeaderChecksumAt, sizeof(checksum));
  if (crc32(0, file, kHeaderChecksumAt) != checksum) fail_damaged(name, "the header misses its checksum");

  const Header header{in.take<std::uint32_t>(), in.take<std::uint64_t>(), in.take<std::uint64_t>()};
  const auto file_bytes = in.take<std::uint64_t>();
  const auto table_checksum = in.take<std::uint32_t>();
  if (file_bytes != bytes) {
    fail_damaged(name, detail::concat("has ", bytes, " bytes where ", file_bytes, " were written"));
  }
  if (header.table_offset < kStoreHeaderBytes || header.table_offset > bytes ||
      header.table_bytes != bytes - header.table_offset) {
    fail_damaged(name, "its section table lies outside the file");
  }
  if (crc32(0, file + header.table_offset, header.table_bytes) != table_checksum) {
    fail_damaged(name, "the section table misses its checksum");
  }
  return header;
}

bool known(DType dtype) { return dtype_bytes(dtype) != 0; }

/// One entry. The checksum says that we wrote it, yet nothing is trusted: a checksum is no signature.
Section decode_entry(Cursor& in, const std::string& name) {
  if (!in.has(kEntryBytes)) fail_damaged(name, "the section table ends inside an entry");
  Section section;
  section.offset = in.take<std::uint64_t>();
  section.stored_bytes = in.take<std::uint64_t>();
  section.raw_bytes = in.take<std::uint64_t>();
  section.checksum = in.take<std::uint32_t>();
  section.dtype = static_cast<DType>(in.take<std::uint8_t>());
  section.codec = static_cast<Codec>(in.take<std::uint8_t>());
  const std::size_t dimensions = in.take<std::uint8_t>();
  const std::size_t name_bytes = in.take<std::uint8_t>();
  if (dimensions > kMaxDimensions || name_bytes == 0 ||
      !in.has(dimensions * sizeof(std::int64_t) + name_bytes)) {
    fail_damaged(name, "the section table has an impossible entry");
  }
  for (std::size_t d = 0; d < dimensions; ++d) section.shape.push_back(in.take<std::int64_t>());
  section.name = in.take_text(name_bytes);
  return section;
}

void check_entry(const Section& section, std::uint64_t begin, std::uint64_t end, const std::string& name) {
  const auto damaged = [&](const std::string& what) {
    fail_damaged(name, "section '" + section.name + "': " + what);
  };
  if (!known(section.dtype)) damaged("unknown value type");
  if (section.codec != Codec::kRaw && section.codec != Codec::kZstd) damaged("unknown codec");
  try {
    if (array_bytes(section.dtype, section.shape) != section.raw_bytes) damaged("length and shape disagree");
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kBadData) throw;
    damaged(error.what());
  }
  if (section.offset != begin || begin > end || section.stored_bytes > end - begin)
    damaged("lies outside the file");
  if (section.codec == Codec::kRaw && section.stored_bytes != section.raw_bytes)
    damaged("stored and raw length disagree");
  if (section.codec == Codec::kZstd && section.raw_bytes / kMaxZstdGrowth > section.stored_bytes) {
    damaged("declares more bytes than it can hold");
  }
}

}  // namespace

void fail_damaged(const std::string& file, const std::string& what) {
  fail(ErrorCode::kBadData, file, ": damaged cache (", what, "); remove it and run 'weft convert' again");
}

std::uint64_t array_bytes(DType dtype, const std::vector<std::int64_t>& shape) {
  WEFT_CHECK(shape.size() <= kMaxDimensions, "array has ", shape.size(), " dimensions; at most ",
             kMaxDimensions);
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  auto bytes = static_cast<std::int64_t>(dtype_bytes(dtype));
  bool empty = false;
  for (const std::int64_t size : shape) {
    WEFT_CHECK(size >= 0, "array has a dimension of ", size);
    empty = empty || size == 0;
    if (size == 0) continue;  // the others must make sense all the same
    WEFT_CHECK(bytes <= kMax / size, "array is too large: its bytes do not fit 63 bits");
    bytes *= size;
  }
  return empty ? 0 : static_cast<std::uint64_t>(bytes);
}

std::string encode_table(const std::vector<Section>& sections) {
  std::string out;
  for (const Section& section : sections) {
    put(out, section.offset);
    put(out, section.stored_bytes);
    put(out, section.raw_bytes);
    put(out, section.checksum);
    put(out, static_cast<std::uint8_t>(section.dtype));
    put(out, static_cast<std::uint8_t>(section.codec));
    put(out, static_cast<std::uint8_t>(section.shape.size()));
    put(out, static_cast<std::uint8_t>(section.name.size()));
    for (const std::int64_t size : section.shape) put(out, size);
    out += section.name;
  }
  return out;
}

std::string encode_header(std::size_t sections, std::uint64_t table_offset, const std::string& table) {
  std::string out(kMagic, sizeof(kMagic));
  put(out, kStoreVersion);
  put(out, static_cast<std::uint32_t>(sections));
  put(out, table_offset);
  put(out, std::uint64_t{table.size()});
  put(out, table_offset + table.size());
  put(out, crc32(0, table.data(), table.size()));
  out.append(kReservedBytes, '\0');
  put(out, crc32(0, out.data(), out.size()));
  return out;
}

std::vector<Section> decode_sections(const std::byte* file, std::size_t bytes, const std::string& name) {
  const Header header = decode_header(file, bytes, name);
  Cursor in(file + header.table_offset, header.table_bytes);
  std::vector<Section> sections;
  std::set<std::string> names;
  std::uint64_t begin = kStoreHeaderBytes;
  for (std::uint32_t i = 0; i < header.sections; ++i) {
    sections.push_back(decode_entry(in, name));
    const Section& section = sections.back();
    check_entry(section, begin, header.table_offset, name);
    if (!names.insert(section.name).second)
      fail_damaged(name, "section '" + section.name + "' is there twice");
    begin = align_up(section.offset + section.stored_bytes);
  }
  if (!in.done() || begin != header.table_offset)
    fail_damaged(name, "the section table and its header disagree");
  return sections;
}

}  // namespace weft::data
