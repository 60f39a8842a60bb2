#include "bench/counters/epoch.hpp"

#include <algorithm>

#include "bench/counters/counted_backend.hpp"
#include "engine/run/session.hpp"
#include "kernels/simt/simt_backend.hpp"

namespace weft::bench {
namespace {

constexpr std::size_t kWide = simt::kWidths - 1;  // 16 bytes per lane

double sum(std::uint64_t a, std::uint64_t b) { return static_cast<double>(a + b); }

/// One place in the code asks for one width, or very nearly.
double wide_bytes(const simt::RequestCounters& r) {
  return r.requests == 0 ? 0.0
                         : static_cast<double>(r.bytes) * static_cast<double>(r.by_width[kWide]) /
                               static_cast<double>(r.requests);
}

void add(KernelCounters& all, const simt::LaunchCounters& one) {
  ++all.launches;
  all.threads = static_cast<int>(one.block.x * one.block.y * one.block.z);
  all.static_shared_bytes = std::max(all.static_shared_bytes, one.static_shared_bytes);
  all.dynamic_shared_bytes = std::max(all.dynamic_shared_bytes, one.dynamic_shared_bytes);
  all.loads.add(one.loads);
  all.stores.add(one.stores);
  all.shared.add(one.shared);
  all.atomics.add(one.atomics);
  for (const simt::SiteCounters& site : one.sites) {
    all.wide_bytes += wide_bytes(site.loads) + wide_bytes(site.stores);
  }
  all.traffic.read += one.traffic.read;
  all.traffic.written += one.traffic.written;
}

}  // namespace

std::vector<OpCall> count_training_epoch(const Problem& problem) {
  CountedBackend backend(make_simt_backend());
  engine::Session session(problem.dataset(), problem.config(),
                          engine::trainable_shape(problem.dataset(), problem.config().features), backend,
                          engine::SessionOptions{});
  session.allocate();
  session.begin_run(0);
  backend.start();
  session.submit(false);
  session.collect();
  return backend.stop();
}

double KernelCounters::sector_ratio() const {
  const double fewest = sum(loads.ideal_sectors, stores.ideal_sectors);
  return fewest == 0.0 ? 1.0 : sum(loads.sectors, stores.sectors) / fewest;
}

double KernelCounters::wide_share() const {
  const double bytes = sum(loads.bytes, stores.bytes);
  return bytes == 0.0 ? 0.0 : wide_bytes / bytes;
}

double KernelCounters::active_lanes() const {
  const double requests = sum(loads.requests, stores.requests);
  return requests == 0.0 ? 0.0 : sum(loads.lanes, stores.lanes) / requests;
}

std::vector<KernelCounters> by_kernel(const std::vector<OpCall>& calls) {
  std::vector<KernelCounters> kernels;
  for (const OpCall& call : calls) {
    for (const simt::LaunchCounters& launch : call.launches) {
      const auto same = [&](const KernelCounters& k) { return k.kernel == launch.kernel; };
      auto found = std::find_if(kernels.begin(), kernels.end(), same);
      if (found == kernels.end()) {
        kernels.emplace_back();
        kernels.back().kernel = launch.kernel;
        found = std::prev(kernels.end());
      }
      add(*found, launch);
    }
  }
  return kernels;
}

double activations_moved(const std::vector<OpCall>& calls, const ProblemSizes& sizes) {
  double bytes = 0.0;
  for (const OpCall& call : calls) bytes += call.counted_bytes();
  return bytes / sizes.activation_bytes();
}

}  // namespace weft::bench
