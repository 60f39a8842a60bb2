#include "bench/support/samples.hpp"

#include <algorithm>
#include <cmath>

namespace weft::bench {
namespace {

constexpr std::int64_t kFlushBytes = std::int64_t{256} << 20;  // no cache of a processor or a card is larger

}  // namespace

double Samples::quantile(double share) const {
  std::vector<double> sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - std::floor(at));
}

nlohmann::ordered_json to_json(const Samples& samples) {
  return {{"median_seconds", samples.median()},
          {"minimum_seconds", samples.minimum()},
          {"p10_seconds", samples.quantile(0.1)},
          {"p90_seconds", samples.quantile(0.9)},
          {"samples", samples.seconds.size()}};
}

Stopwatch::Stopwatch(Backend& backend)
    : backend_(backend), flush_(backend, kFlushBytes, "a block that flushes caches") {}

Samples Stopwatch::time(int repeats, const std::function<void()>& call) {
  const auto before = backend_.make_event();
  const auto after = backend_.make_event();
  call();
  Samples samples;
  for (int i = 0; i < repeats; ++i) {
    flush_.fill_zero(stream_);
    before->record(stream_);
    call();
    after->record(stream_);
    samples.seconds.push_back(after->seconds_since(*before));
  }
  return samples;
}

}  // namespace weft::bench
