#pragma once
// Loops over threads for host code that may throw: the first exception, in order of items, is thrown again
// by the caller's thread. The process's OpenMP settings are not touched.
#include <omp.h>

#include <cstdint>
#include <exception>
#include <vector>

namespace weft::data {

/// Calls body(i) for every i in [0, count) on `threads` threads; which thread takes which item is not fixed,
/// so items must not depend on each other. After a throw the remaining items still run.
template <class Body>
void parallel_for(std::int64_t count, int threads, const Body& body) {
  if (threads <= 1 || count <= 1) {
    for (std::int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  std::exception_ptr error;
  std::int64_t failed = count;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (std::int64_t i = 0; i < count; ++i) {
    try {
      body(i);
    } catch (...) {
#pragma omp critical(weft_data_parallel_for)
      if (i < failed) {
        failed = i;
        error = std::current_exception();
      }
    }
  }
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
