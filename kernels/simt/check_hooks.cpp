// The thread sanitizer's hooks, which the compiler calls at every access to memory in files compiled with
// -fsanitize=thread. Its own library is not linked; these tell the Checker.
#include <cstdint>
#include <cstring>

#include "kernels/simt/access.hpp"
#include "kernels/simt/checker.hpp"
#include "kernels/simt/machine.hpp"
#include "kernels/simt/memory_access.hpp"

namespace {

using weft::simt::AccessKind;
using weft::simt::Checker;

// Before main, and before any device memory: this file is part of every program that is checked.
[[maybe_unused]] const bool observes = [] {
  weft::simt::set_observer(&Checker::get());
  return true;
}();

// Host code of kernel files comes here too.
inline void touch(const volatile void* memory, std::size_t bytes, AccessKind kind, const void* pc) {
  if (!weft::simt::kernel_code_runs) return;
  Checker::get().touch({reinterpret_cast<std::uintptr_t>(memory), bytes, kind, pc});
}

}  // namespace

#define WEFT_PC __builtin_return_address(0)

// NOLINTBEGIN(bugprone-reserved-identifier,bugprone-macro-parentheses): the compiler's names, types in
// macros.
extern "C" {

#define WEFT_ACCESS(name, bytes, kind) \
  void __tsan_##name(void* memory) { touch(memory, bytes, AccessKind::kind, WEFT_PC); }
#define WEFT_ACCESSES(bytes)                         \
  WEFT_ACCESS(read##bytes, bytes, kRead)             \
  WEFT_ACCESS(write##bytes, bytes, kWrite)           \
  WEFT_ACCESS(unaligned_read##bytes, bytes, kRead)   \
  WEFT_ACCESS(unaligned_write##bytes, bytes, kWrite) \
  WEFT_ACCESS(volatile_read##bytes, bytes, kRead)    \
  WEFT_ACCESS(volatile_write##bytes, bytes, kWrite)

WEFT_ACCESSES(1)
WEFT_ACCESSES(2)
WEFT_ACCESSES(4)
WEFT_ACCESSES(8)
WEFT_ACCESSES(16)

void __tsan_read_range(void* memory, std::size_t bytes) { touch(memory, bytes, AccessKind::kRead, WEFT_PC); }
void __tsan_write_range(void* memory, std::size_t bytes) {
  touch(memory, bytes, AccessKind::kWrite, WEFT_PC);
}

// clang's forms of memcpy, memmove and memset.
void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
  touch(from, bytes, AccessKind::kRead, WEFT_PC);
  touch(to, bytes, AccessKind::kWrite, WEFT_PC);
  return std::memcpy(to, from, bytes);
}
void* __tsan_memmove(void* to, const void* from, std::size_t bytes) {
  touch(from, bytes, AccessKind::kRead, WEFT_PC);
  touch(to, bytes, AccessKind::kWrite, WEFT_PC);
  return std::memmove(to, from, bytes);
}
void* __tsan_memset(void* to, int byte, std::size_t bytes) {
  touch(to, bytes, AccessKind::kWrite, WEFT_PC);
  return std::memset(to, byte, bytes);
}

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_read(void**) {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) {}

#define WEFT_ATOMIC_CHANGE(bits, type, name, builtin)                         \
  type __tsan_atomic##bits##_##name(volatile type* memory, type value, int) { \
    touch(memory, sizeof(type), AccessKind::kAtomic, WEFT_PC);                \
    return builtin(memory, value, __ATOMIC_SEQ_CST);                          \
  }
#define WEFT_ATOMIC_COMPARE(bits, type, name, weak)                                                         \
  int __tsan_atomic##bits##_compare_exchange_##name(volatile type* memory, type* expected, type value, int, \
                                                    int) {                                                  \
    touch(memory, sizeof(type), AccessKind::kAtomic, WEFT_PC);                                              \
    return __atomic_compare_exchange_n(memory, expected, value, weak, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);  \
  }
#define WEFT_ATOMICS(bits, type)                                                                         \
  type __tsan_atomic##bits##_load(const volatile type* memory, int) {                                    \
    touch(memory, sizeof(type), AccessKind::kAtomic, WEFT_PC);                                           \
    return __atomic_load_n(memory, __ATOMIC_SEQ_CST);                                                    \
  }                                                                                                      \
  void __tsan_atomic##bits##_store(volatile type* memory, type value, int) {                             \
    touch(memory, sizeof(type), AccessKind::kAtomic, WEFT_PC);                                           \
    __atomic_store_n(memory, value, __ATOMIC_SEQ_CST);                                                   \
  }                                                                                                      \
  WEFT_ATOMIC_CHANGE(bits, type, exchange, __atomic_exchange_n)                                          \
  WEFT_ATOMIC_CHANGE(bits, type, fetch_add, __atomic_fetch_add)                                          \
  WEFT_ATOMIC_CHANGE(bits, type, fetch_sub, __atomic_fetch_sub)                                          \
  WEFT_ATOMIC_CHANGE(bits, type, fetch_and, __atomic_fetch_and)                                          \
  WEFT_ATOMIC_CHANGE(bits, type, fetch_or, __atomic_fetch_or)                                            \
  WEFT_ATOMIC_CHANGE(bits, type, fetch_xor, __atomic_fetch_xor)                                          \
  WEFT_ATOMIC_CHANGE(bits, type, fetch_nand, __atomic_fetch_nand)                                        \
  WEFT_ATOMIC_COMPARE(bits, type, strong, false)                                                         \
  WEFT_ATOMIC_COMPARE(bits, type, weak, true)                                                            \
  type __tsan_atomic##bits##_compare_exchange_val(volatile type* memory, type expected, type value, int, \
                                                  int) {                                                 \
    touch(memory, sizeof(type), AccessKind::kAtomic, WEFT_PC);                                           \
    __atomic_compare_exchange_n(memory, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);    \
    return expected;                                                                                     \
  }

WEFT_ATOMICS(8, std::uint8_t)
WEFT_ATOMICS(16, std::uint16_t)
WEFT_ATOMICS(32, std::uint32_t)
WEFT_ATOMICS(64, std::uint64_t)

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier,bugprone-macro-parentheses)

namespace weft::simt::detail {

void checked_load(void* to, const void* from, std::size_t bytes) {
  touch(from, bytes, AccessKind::kRead, WEFT_PC);
  std::memcpy(to, from, bytes);
}

void checked_store(void* to, const void* from, std::size_t bytes) {
  touch(to, bytes, AccessKind::kWrite, WEFT_PC);
  std::memcpy(to, from, bytes);
}

}  // namespace weft::simt::detail
