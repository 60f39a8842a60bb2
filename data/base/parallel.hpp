#pragma once
// Loops over the pool's threads for host code that may throw: the first exception, in order of items, is
// thrown again by the caller's thread.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>

#include "kernels/base/thread_pool.hpp"

namespace weft::data {

/// Calls body(i) for every i in [0, count) on `threads` threads; which thread takes which item is not fixed,
/// so items must not depend on each other. After a throw the remaining items still run.
template <class Body>
void parallel_for(std::int64_t count, int threads, const Body& body) {
  std::atomic<std::int64_t> next{0};
  std::mutex mutex;  // of the two below
  std::int64_t failed = count;
  std::exception_ptr error;
  parallel(static_cast<int>(std::min<std::int64_t>(threads, count)), [&](int, int) {
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        body(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i > failed) continue;
        failed = i;
        error = std::current_exception();
      }
    }
  });
  if (error) std::rethrow_exception(error);
}

/// Start of part `part` when `total` items are cut into `parts` nearly equal runs; part_begin(total, parts,
/// parts) is total.
inline std::int64_t part_begin(std::int64_t total, std::int64_t parts, std::int64_t part) {
  return total / parts * part + total % parts * part / parts;
}

/// Cuts [0, total) into at most 4 * threads runs and calls body(begin, end) for each.
template <class Body>
void parallel_ranges(std::int64_t total, int threads, const Body& body) {
  constexpr std::int64_t kWorthSharing = 4096;  // below this a thread costs more than it brings
  const std::int64_t parts = total < kWorthSharing || threads <= 1 ? 1 : 4 * std::int64_t{threads};
  parallel_for(parts, threads, [&](std::int64_t part) {
    body(part_begin(total, parts, part), part_begin(total, parts, part + 1));
  });
}

}  // namespace weft::data
