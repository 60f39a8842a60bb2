#pragma once
// What a device's memory gives, measured in the same run as what is compared with it.
#include "bench/support/device.hpp"
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

/// What a machine can do at most.
struct Peaks {
  double flops = 0.0;   // float32 operations per second in fused multiply-adds; 0: not known
  double stream = 0.0;  // bytes per second: the CPU's triad, another device's copy
};

Peaks measure_peaks(const Device& device);

/// Peaks from before and after a measurement. Where they differ much, something else ran meanwhile.
struct PeakPair {
  Peaks before, after;

  Peaks mean() const;
  /// One line, or empty: a peak that moved by more than 15 %.
  std::string warning() const;
};

}  // namespace weft::bench
