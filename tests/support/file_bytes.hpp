#pragma once
// Files that are only in memory, for readers that take any.
#include <cstring>
#include <string>
#include <string_view>

#include "data/base/aligned.hpp"
#include "data/base/file.hpp"

namespace weft::testing {

/// A file of this name, in memory of its exact size, aligned as a mapping is.
inline data::FileBytes file_in_memory(const std::string& name, std::string_view bytes) {
  const std::shared_ptr<std::byte> memory = data::aligned_bytes(bytes.size());
  if (!bytes.empty()) std::memcpy(memory.get(), bytes.data(), bytes.size());
  return {name, memory.get(), bytes.size(), memory};
}

}  // namespace weft::testing
