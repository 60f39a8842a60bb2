#pragma once
// What a device's memory gives, measured in the same run as what is compared with it.
#include "bench/support/samples.hpp"

namespace weft::bench {

/// Bytes moved in the time taken.
struct Rate {
  double bytes = 0.0;
  Samples samples;

  double bytes_per_second() const { return bytes / samples.median(); }
};

/// A copy far larger than any cache; what is read and what is written both count.
Rate copy_rate(Backend& backend, Stopwatch& stopwatch, int repeats);

/// `rows` rows of a matrix [rows, cols], drawn at random, copied to where they are needed: what a sparse
/// product reads, without its sums. Rows read, rows written and indices count.
Rate gather_rate(Backend& backend, Stopwatch& stopwatch, std::int64_t rows, std::int64_t cols, DType dtype,
                 int repeats);

}  // namespace weft::bench
