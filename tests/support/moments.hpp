#pragma once
// Moments of columns on the host and in a backend's memory.
#include <vector>

#include "tests/support/guarded.hpp"

namespace weft::testing {

struct HostMoments {
  double count = 0.0;
  std::vector<double> sum, m2;
};

class GuardedMoments {
 public:
  /// To be written: NaN.
  GuardedMoments(Backend& backend, std::int64_t c) : count_(backend, 1), sum_(backend, c), m2_(backend, c) {}
  /// To be read.
  GuardedMoments(Backend& backend, const HostMoments& host)
      : count_(backend, std::vector<double>{host.count}), sum_(backend, host.sum), m2_(backend, host.m2) {}

  Moments view() const { return {count_.data(), sum_.view(), m2_.view()}; }
  HostMoments values() const { return {count_.values()[0], sum_.values(), m2_.values()}; }

 private:
  GuardedVec<double> count_, sum_, m2_;
};

}  // namespace weft::testing
