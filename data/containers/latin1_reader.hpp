#pragma once
// Bytes that a pickle of protocol 2 holds: as a text whose code points they are, in UTF-8.
#include <memory>
#include <string>
#include <string_view>

#include "data/containers/byte_reader.hpp"

namespace weft::data {

/// Reads `slice` as it is or, with `latin1`, decoded. Errors of the reader: kBadData where a code point is
/// above 255 or the UTF-8 is wrong; `where` is for messages.
std::unique_ptr<ByteReader> slice_reader(std::string_view slice, bool latin1, const std::string& where);

}  // namespace weft::data
