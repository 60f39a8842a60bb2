#include "kernels/simt/counters.hpp"

#include "kernels/simt/checker.hpp"

namespace weft::simt {

void RequestCounters::add(const RequestCounters& other) {
  requests += other.requests;
  lanes += other.lanes;
  bytes += other.bytes;
  sectors += other.sectors;
  ideal_sectors += other.ideal_sectors;
  for (std::size_t i = 0; i < kWidths; ++i) by_width[i] += other.by_width[i];
}

void SharedCounters::add(const SharedCounters& other) {
  requests += other.requests;
  wavefronts += other.wavefronts;
  conflicts += other.conflicts;
}

void AtomicCounters::add(const AtomicCounters& other) {
  requests += other.requests;
  lanes += other.lanes;
  same_address += other.same_address;
}

void start_counting() { Checker::get().counter().start(); }

std::vector<LaunchCounters> stop_counting() { return Checker::get().counter().stop(); }

void name_range(const void* memory, std::size_t bytes, const std::string& name) {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  Checker::get().counter().names().name(begin, begin + bytes, name);
}

void forget_ranges() { Checker::get().counter().names().clear(); }

}  // namespace weft::simt
