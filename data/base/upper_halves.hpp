#pragma once

namespace weft::data {

/// Clears the upper halves of the vector registers, for code behind a library's assembly that leaves them in
/// use. With them each step between this program's SSE code and the C library's AVX code takes some 70
/// cycles, whatever the thread does, until somebody clears them: logarithms and sines became ten times as
/// slow.
inline void clear_upper_halves() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx")) asm volatile("vzeroupper");
#endif
}

}  // namespace weft::data
