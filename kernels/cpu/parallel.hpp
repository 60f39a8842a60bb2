#pragma once
// Threads. Every region names its own number of threads; the process's OpenMP settings are neither read nor
// changed.
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace weft::cpu {

struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Part `part` of [0, count) cut into `parts` of nearly equal size whose borders are multiples of `unit`.
inline Range split(std::int64_t count, int part, int parts, std::int64_t unit = 1) {
  const std::int64_t units = (count + unit - 1) / unit;
  return {std::min(count, units * part / parts * unit), std::min(count, units * (part + 1) / parts * unit)};
}

/// Calls body(thread, threads) on each of at most `threads` threads; the runtime may give fewer, so that work
/// must be cut by the second argument. `body` must not throw, and what it writes must not depend on the cut.
template <class Body>
void parallel(int threads, const Body& body) {
#pragma omp parallel num_threads(threads)
  body(omp_get_thread_num(), omp_get_num_threads());
}

/// Calls body(begin, end) on disjoint ranges that cover [0, count), borders at multiples of `unit`.
template <class Body>
void parallel_ranges(int threads, std::int64_t count, std::int64_t unit, const Body& body) {
  if (count <= unit) threads = 1;
  parallel(threads, [&](int thread, int given) {
    const Range range = split(count, thread, given, unit);
    if (range.begin < range.end) body(range.begin, range.end);
  });
}

/// Calls body(i) for every i in [0, count), the next one by whichever thread is free: for pieces that take
/// unlike times. `body` must not throw.
template <class Body>
void parallel_pieces(int threads, std::int64_t count, const Body& body) {
  std::atomic<std::int64_t> next{0};
  parallel(count <= 1 ? 1 : threads, [&](int, int) {
    for (std::int64_t i = next++; i < count; i = next++) body(i);
  });
}

}  // namespace weft::cpu
