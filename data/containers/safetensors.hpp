#pragma once
// safetensors: named arrays and a map of texts in one file, the format that the field keeps weights in.
// Layout (https://github.com/huggingface/safetensors): length of the header, uint64 little-endian; the
// header, JSON, filled up with spaces; the arrays' bytes, row-major, one after the other without holes.
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.hpp"

namespace weft::data {

struct Safetensors {
  std::map<std::string, std::string> metadata;
  std::vector<std::pair<std::string, Array>> arrays;  // in the file's order; aligned to their element's size
  std::shared_ptr<const void> owner;                  // keeps the arrays of a file that was read alive
};

/// Replaces `path` whole or leaves it as it was. Equal contents give equal bytes. Arrays of larger elements
/// have to come before those of smaller ones, so that all are aligned. Errors: kInvalidArgument (order, a
/// repeated name), kIo, kNoSpace.
void write_safetensors(const std::filesystem::path& path, const Safetensors& contents);

/// CRC-32 of all that a file of these contents holds: metadata, names, types, shapes and values.
std::uint32_t checksum(const Safetensors& contents);

/// Maps the file; every length, shape and offset is checked. Other programs' files are read too, as far as
/// their types are DType's. Errors: kNotFound; kIo; kBadData saying what is wrong.
Safetensors read_safetensors(const std::filesystem::path& path);

/// The same for a file in memory, at a multiple of 8: the arrays point into it. `name` is for messages.
Safetensors parse_safetensors(const std::byte* data, std::size_t size, const std::string& name);

}  // namespace weft::data
