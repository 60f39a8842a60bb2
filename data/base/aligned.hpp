#pragma once
// Uninitialised memory with the alignment that Array promises.
#include <cstddef>
#include <memory>
#include <new>

namespace weft::data {

inline constexpr std::size_t kAlignment = 64;

constexpr std::size_t align_up(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// `bytes` bytes at a multiple of kAlignment; never null. Pages are not touched before they are written.
inline std::shared_ptr<std::byte> aligned_bytes(std::size_t bytes) {
  constexpr std::align_val_t kAlign{kAlignment};
  auto* data = static_cast<std::byte*>(::operator new(bytes > 0 ? bytes : 1, kAlign));
  return {data, [](std::byte* memory) { ::operator delete(memory, kAlign); }};
}

}  // namespace weft::data
