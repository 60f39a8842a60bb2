#pragma once
// Loops of the CPU backend over the pool's threads. A body must not throw, and its results must not depend on
// the cut.
#include <algorithm>
#include <atomic>
#include <cstdint>

#include "kernels/base/thread_pool.hpp"

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

/// Calls body(begin, end) on disjoint ranges that cover [0, count), borders at multiples of `unit`. Long
/// loops have several ranges per thread, so that a thread whose processor is taken away holds up little.
template <class Body>
void parallel_ranges(int threads, std::int64_t count, std::int64_t unit, const Body& body) {
  constexpr int kFiner = 4;
  const std::int64_t units = (count + unit - 1) / unit;
  const int finer = threads > 1 && units >= std::int64_t{4} * kFiner * threads ? kFiner : 1;
  parallel(static_cast<int>(std::min<std::int64_t>(std::int64_t{threads} * finer, units)),
           [&](int part, int parts) {
             const Range range = split(count, part, parts, unit);
             if (range.begin < range.end) body(range.begin, range.end);
           });
}

/// Calls body(i, thread) for every i in [0, count), the next one by whichever thread is free, thread in [0,
/// threads): for pieces that take unlike times, and for work that needs memory of its own per thread.
template <class Body>
void parallel_pieces(int threads, std::int64_t count, const Body& body) {
  std::atomic<std::int64_t> next{0};
  parallel(static_cast<int>(std::min<std::int64_t>(threads, count)), [&](int thread, int) {
    for (std::int64_t i = next++; i < count; i = next++) body(i, thread);
  });
}

}  // namespace weft::cpu
