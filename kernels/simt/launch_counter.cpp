#include "kernels/simt/launch_counter.hpp"

#include <algorithm>
#include <utility>

namespace weft::simt {

void LaunchCounter::start() {
  active_ = true;
  launches_.clear();
  site_pcs_.clear();
}

std::vector<LaunchCounters> LaunchCounter::stop() {
  active_ = false;
  std::vector<const void*> pcs;
  for (const auto& of_launch : site_pcs_) pcs.insert(pcs.end(), of_launch.begin(), of_launch.end());
  const std::vector<CodePlace> places = places_of_calls(pcs);
  auto place = places.begin();
  for (LaunchCounters& launch : launches_) {
    for (SiteCounters& site : launch.sites) site.place = *place++;
  }
  return std::exchange(launches_, {});
}

void LaunchCounter::launch_begins(const Launch& launch) {
  LaunchCounters counters;
  counters.kernel = launch.kernel;
  counters.grid = launch.grid;
  counters.block = launch.block;
  counters.dynamic_shared_bytes = launch.shared_bytes;
  launches_.push_back(std::move(counters));
  threads_in_block_ = static_cast<int>(launch.block.x * launch.block.y * launch.block.z);
  sites_.clear();
  site_numbers_.clear();
  recent_.fill({});
  traffic_.clear();
  for (Warp& warp : warps_) warp.pending.clear();
}

void LaunchCounter::launch_ends() {
  LaunchCounters& launch = launches_.back();
  std::vector<const void*> pcs;
  for (Site& site : sites_) {
    launch.loads.add(site.counters.loads);
    launch.stores.add(site.counters.stores);
    launch.shared.add(site.counters.shared);
    launch.atomics.add(site.counters.atomics);
    launch.sites.push_back(std::move(site.counters));
    pcs.push_back(site.pc);
  }
  site_pcs_.push_back(std::move(pcs));
  launch.named = traffic_.totals(names_);
  for (const NamedTraffic& named : launch.named) {
    launch.traffic.read += named.traffic.read;
    launch.traffic.written += named.traffic.written;
  }
}

void LaunchCounter::block_ends() {
  for (int warp = 0; warp * kLanes < threads_in_block_; ++warp) settle(warp);
  LaunchCounters& launch = launches_.back();
  launch.static_shared_bytes =
      std::max(launch.static_shared_bytes, block_shared_ - launch.dynamic_shared_bytes);
}

void LaunchCounter::barrier_passed() {
  ++launches_.back().barriers;
  for (int warp = 0; warp * kLanes < threads_in_block_; ++warp) settle(warp);
}

void LaunchCounter::warp_met(int warp, unsigned mask) {
  ++launches_.back().warp_collectives;
  if (mask == existing_lanes(warp)) settle(warp);
}

unsigned LaunchCounter::existing_lanes(int warp) const {
  const int lanes = std::min(threads_in_block_ - warp * kLanes, kLanes);
  return ~0u >> (kLanes - lanes);
}

void LaunchCounter::touch(const Access& access, int thread, bool shared) {
  if (!shared) {
    if (access.kind != AccessKind::kWrite) traffic_.read(access.address, access.bytes);
    if (access.kind != AccessKind::kRead) traffic_.write(access.address, access.bytes);
  }
  const std::uint32_t site = site_of(access, shared);
  const int number = thread / kLanes, lane = thread % kLanes;
  Warp& warp = warps_[static_cast<std::size_t>(number)];
  if (site >= warp.pending.size()) warp.pending.resize(sites_.size());
  Pending& pending = warp.pending[site];
  if (pending.first == 0 && pending.requests.empty()) warp.in_use.push_back(site);
  const std::uint32_t before = pending.passed[static_cast<std::size_t>(lane)]++;
  const std::size_t index = pending.head + (before - pending.first);
  if (index >= pending.requests.size()) pending.requests.resize(index + 1);
  Request& request = pending.requests[index];
  request.add(lane, access.address, access.bytes);
  if (index != pending.head || request.lanes != existing_lanes(number)) return;
  count(sites_[site], request);
  ++pending.first;
  if (++pending.head == pending.requests.size()) {
    pending.head = 0;
    pending.requests.clear();
  }
}

std::uint32_t LaunchCounter::site_of(const Access& access, bool shared) {
  Recent& recent = recent_[reinterpret_cast<std::uintptr_t>(access.pc) % recent_.size()];
  if (recent.pc == access.pc && recent.shared == shared) return recent.site;
  std::uint32_t& number = site_numbers_[access.pc][shared ? 1 : 0];
  if (number == 0) {
    sites_.push_back({access.pc, access.kind, shared, {}});
    number = static_cast<std::uint32_t>(sites_.size());
  }
  recent = {access.pc, shared, number - 1};
  return number - 1;
}

void LaunchCounter::count(Site& site, const Request& request) {
  if (site.shared) return site.counters.shared.add(count_shared(request));
  switch (site.kind) {
    case AccessKind::kRead:
      return site.counters.loads.add(count_device(request));
    case AccessKind::kWrite:
      return site.counters.stores.add(count_device(request));
    case AccessKind::kAtomic:
      return site.counters.atomics.add(count_atomics(request));
  }
}

void LaunchCounter::settle(int number) {
  Warp& warp = warps_[static_cast<std::size_t>(number)];
  for (const std::uint32_t site : warp.in_use) {
    Pending& pending = warp.pending[site];
    for (std::size_t i = pending.head; i < pending.requests.size(); ++i) {
      count(sites_[site], pending.requests[i]);
    }
    pending.passed.fill(0);
    pending.first = 0;
    pending.head = 0;
    pending.requests.clear();
  }
  warp.in_use.clear();
}

}  // namespace weft::simt
