#pragma once
// The header of NumPy's .npy format, versions 1.0, 2.0 and 3.0 (numpy.lib.format, NEP 1): a magic text, a
// length and a Python dict literal that gives type, order and shape.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/containers/byte_reader.hpp"
#include "data/containers/stored_type.hpp"

namespace weft::data {

struct NpyHeader {
  StoredType type;
  bool column_major = false;
  std::vector<std::int64_t> shape;
  std::size_t bytes = 0;  // of the header, in front of the values
};

/// Reads the header off the front of an array that takes up `total` bytes, which have to be exactly those
/// that it asks for. Nothing of the literal is evaluated: it has the three keys, and values of the three
/// forms. Errors: kBadData; kUnsupported naming the type of texts, objects, records, complex and extended
/// numbers.
NpyHeader read_npy_header(ByteReader& reader, std::uint64_t total, const std::string& where);

}  // namespace weft::data
