#pragma once
// The block's shared memory. Each variable lies between guards, and is fresh (all bits set) in each block.
#include <cstddef>
#include <type_traits>

#include "kernels/simt/place.hpp"

namespace weft::simt {

/// At most what a kernel declares itself, and what a block can have in all (compute capability 9.0).
constexpr std::size_t kMaxStaticShared = 48 * 1024;
constexpr std::size_t kMaxShared = 227 * 1024;

/// The block's variable that `key` stands for, 16-byte aligned; the first call in a block makes it.
void* shared_variable(const void* key, std::size_t bytes, const char* name, Place place);
/// As many bytes as the launch declared, 128-byte aligned; a fault when it declared none.
void* dynamic_shared(const char* name, Place place);

}  // namespace weft::simt

// NOLINTBEGIN(bugprone-macro-parentheses): types and names of declarations cannot stand in them.
// The static names the variable: each instance of a template has one of its own.
#define WEFT_SHARED(type, name, dims)                                                            \
  using name##_in_shared = type dims;                                                            \
  static_assert(alignof(name##_in_shared) <= 16, "shared arrays are 16-byte aligned");           \
  static const char name##_key = 0;                                                              \
  auto& name = *static_cast<std::add_pointer_t<name##_in_shared>>(::weft::simt::shared_variable( \
      &name##_key, sizeof(name##_in_shared), #name, ::weft::simt::Place::here()))

#define WEFT_DYN_SHARED(type, name)                         \
  auto* const name = static_cast<std::add_pointer_t<type>>( \
      ::weft::simt::dynamic_shared(#name, ::weft::simt::Place::here()))
// NOLINTEND(bugprone-macro-parentheses)
