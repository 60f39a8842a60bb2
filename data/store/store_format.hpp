#pragma once
// Header and section table of the cache file as bytes; data/STORE.md is the specification.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/store/store.hpp"

namespace weft::data {

inline constexpr std::uint32_t kStoreVersion = 1;
inline constexpr std::size_t kStoreHeaderBytes = 64;
inline constexpr std::size_t kMaxDimensions = 8;
inline constexpr std::size_t kMaxNameBytes = 255;

struct Section {
  std::string name;
  DType dtype = DType::kU8;
  Codec codec = Codec::kRaw;
  std::vector<std::int64_t> shape;
  std::uint64_t offset = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t raw_bytes = 0;
  std::uint32_t checksum = 0;  // of the stored bytes
};

/// Bytes of an array of this type and shape. Errors: kInvalidArgument for a negative dimension, too many
/// dimensions or more bytes than 63 bits count.
std::uint64_t array_bytes(DType dtype, const std::vector<std::int64_t>& shape);

std::string encode_table(const std::vector<Section>& sections);
/// The header of a file whose table lies at `table_offset` and ends the file.
std::string encode_header(std::size_t sections, std::uint64_t table_offset, const std::string& table);

/// Header and table of a whole file, every field checked, in file order. `name` is for messages.
/// Errors: kBadData, kStale (another version of the format).
std::vector<Section> decode_sections(const std::byte* file, std::size_t bytes, const std::string& name);

/// Throws kBadData: the file is damaged, how, and what to do.
[[noreturn]] void fail_damaged(const std::string& file, const std::string& what);

}  // namespace weft::data
