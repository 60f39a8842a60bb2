#pragma once
// A traced backend on the checking runtime, which counts the launches of each op.
#include "bench/counters/traced_backend.hpp"

namespace weft::bench {

class CountedBackend final : public TracedBackend {
 public:
  /// `inner` runs on the checking runtime.
  using TracedBackend::TracedBackend;

 private:
  void watch(Stream& stream, OpCall& call, const std::function<void()>& run) override;
};

}  // namespace weft::bench
