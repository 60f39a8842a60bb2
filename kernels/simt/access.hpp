#pragma once
// One access of a kernel's thread, as the compiler's hooks tell it.
#include <cstddef>
#include <cstdint>

namespace weft::simt {

enum class AccessKind { kRead, kWrite, kAtomic };

struct Access {
  std::uintptr_t address = 0;
  std::size_t bytes = 0;
  AccessKind kind = AccessKind::kRead;
  const void* pc = nullptr;  // the return address of the hook
};

}  // namespace weft::simt
