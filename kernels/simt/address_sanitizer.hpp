#pragma once
// What the runtime tells the address sanitizer: which memory kernels may touch, and when a fiber's stack
// changes. The runtime itself is never compiled with a sanitizer (a fiber that has ended never returns
// through the runtime's frames, whose poison would stay behind), so the sanitizer's functions are called, not
// its macros; without WEFT_SIMT_ASAN nothing happens.
#include <cstddef>

#if defined(WEFT_SIMT_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace weft::simt::asan {

#if defined(WEFT_SIMT_ASAN)

constexpr bool kOn = true;
inline void poison(const void* memory, std::size_t bytes) { __asan_poison_memory_region(memory, bytes); }
inline void unpoison(const void* memory, std::size_t bytes) { __asan_unpoison_memory_region(memory, bytes); }
inline void before_switch(void** fake_stack, const void* bottom, std::size_t bytes) {
  __sanitizer_start_switch_fiber(fake_stack, bottom, bytes);
}
inline void after_switch(void* fake_stack, const void** old_bottom, std::size_t* old_bytes) {
  __sanitizer_finish_switch_fiber(fake_stack, old_bottom, old_bytes);
}

#else

constexpr bool kOn = false;
inline void poison(const void*, std::size_t) {}
inline void unpoison(const void*, std::size_t) {}
inline void before_switch(void**, const void*, std::size_t) {}
inline void after_switch(void*, const void**, std::size_t*) {}

#endif

}  // namespace weft::simt::asan
