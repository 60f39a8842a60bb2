#pragma once
// Times of one thing measured again and again, on the clock of whatever device ran it.
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "kernels/buffer.hpp"

namespace weft::bench {

struct Samples {
  std::vector<double> seconds;  // in the order they were taken

  /// share in [0, 1]; between two samples in a straight line.
  double quantile(double share) const;
  double median() const { return quantile(0.5); }
  double minimum() const { return quantile(0.0); }
};

/// Median, minimum, 10 and 90 % in seconds, and how many there are.
nlohmann::ordered_json to_json(const Samples& samples);

/// Takes times on one stream of a backend. Before each call it overwrites a block larger than any cache, so
/// that nothing is found there from the call before.
class Stopwatch {
 public:
  explicit Stopwatch(Backend& backend);

  Stream& stream() { return stream_; }
  /// One call to warm up, then `repeats` timed ones.
  Samples time(int repeats, const std::function<void()>& call);

 private:
  Backend& backend_;
  Stream stream_;
  Buffer<char> flush_;
};

}  // namespace weft::bench
