#pragma once
// From bytes in a container to a FileArray: types converted, byte order and strides undone.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/containers/byte_reader.hpp"
#include "data/containers/file_array.hpp"
#include "data/containers/stored_type.hpp"

namespace weft::data {

/// An array as its container knows it. The shape is one that value_count() counts.
struct StoredArray {
  std::string where;
  StoredType type;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in values, none negative; empty: row-major without gaps
  std::shared_ptr<const void> owner;  // of what the members below refer to

  /// The values' bytes from the first to the last, and nothing else.
  std::function<std::unique_ptr<ByteReader>()> read;
  std::size_t bytes = 0;
  /// The same where they lie in memory as they are, else null. With strides, every value lies within.
  const std::byte* memory = nullptr;
  /// Compares the bytes in memory with the container's checksum; empty: there is none, or it has been done.
  std::function<void()> check;
};

/// Values come in place from memory where nothing has to be undone, one after the other through read()
/// otherwise. Strides ask for access in any order: without memory the bytes are then read into it, once, by
/// the first cursor. Errors of the cursors: kBadData when read() gives more or fewer bytes than the shape
/// asks for.
FileArray file_array(StoredArray stored);

/// Strides of an array in column-major (Fortran) order.
std::vector<std::int64_t> column_major(const std::vector<std::int64_t>& shape);

}  // namespace weft::data
