#pragma once
// What a GPU would move: the checking runtime (check.hpp) counts, launch by launch, what a profiler of a GPU
// counts. The lanes of a warp that make the same access together are one request: the same place in the code,
// passed for the same time since the warp last met in a collective of all its lanes or at a barrier. Caches,
// their hits and times are not modelled.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/simt/symbols.hpp"
#include "kernels/simt/vector_types.hpp"

namespace weft::simt {

constexpr std::uint64_t kSectorBytes = 32;
constexpr std::size_t kWidths = 5;  // 1, 2, 4, 8 and 16 bytes per lane

/// Requests of warps to device memory of one kind: loads, or stores.
struct RequestCounters {
  std::uint64_t requests = 0;
  std::uint64_t lanes = 0;          // that took part, over all requests
  std::uint64_t bytes = 0;          // that lanes asked for; the same byte counts for each
  std::uint64_t sectors = 0;        // of 32 bytes that the requests touch
  std::uint64_t ideal_sectors = 0;  // the fewest that hold as many distinct bytes, request by request
  std::array<std::uint64_t, kWidths> by_width{};  // requests of 1, 2, 4, 8 and 16 bytes per lane

  /// How many lanes of 32 took part on average.
  double active_lanes() const {
    return requests == 0 ? 0.0 : static_cast<double>(lanes) / static_cast<double>(requests);
  }
  /// Sectors over the fewest possible; 1 where nothing was asked for.
  double sector_ratio() const {
    return ideal_sectors == 0 ? 1.0 : static_cast<double>(sectors) / static_cast<double>(ideal_sectors);
  }
  void add(const RequestCounters& other);
};

/// Requests of warps to shared memory: 32 banks, each of which gives 4 bytes at a time.
struct SharedCounters {
  std::uint64_t requests = 0;
  std::uint64_t wavefronts = 0;  // passes that the requests take
  std::uint64_t conflicts = 0;   // passes beyond those that the width asks for: 1 up to 4 bytes per lane, 2
                                 // for 8, 4 for 16, fewer where half or quarter warps are idle
  void add(const SharedCounters& other);
};

struct AtomicCounters {
  std::uint64_t requests = 0;
  std::uint64_t lanes = 0;
  std::uint64_t same_address = 0;  // lanes beyond the first of their request at an address
  void add(const AtomicCounters& other);
};

/// Distinct bytes of device memory.
struct Traffic {
  std::uint64_t read = 0;
  std::uint64_t written = 0;  // by atomics too
};

/// The traffic within one of the ranges that name_range named.
struct NamedTraffic {
  std::string name;  // empty: whatever lies in no range
  Traffic traffic;
};

/// One access in the code.
struct SiteCounters {
  CodePlace place;
  RequestCounters loads, stores;
  SharedCounters shared;
  AtomicCounters atomics;
};

struct LaunchCounters {
  std::string kernel;
  dim3 grid, block;
  std::size_t static_shared_bytes = 0;  // of the block that declared most
  std::size_t dynamic_shared_bytes = 0;
  RequestCounters loads, stores;  // atomics not among them
  SharedCounters shared;
  AtomicCounters atomics;              // on device memory
  std::uint64_t barriers = 0;          // passed, over all blocks
  std::uint64_t warp_collectives = 0;  // over all warps
  Traffic traffic;
  std::vector<NamedTraffic> named;  // those with traffic; they sum up to `traffic`
  std::vector<SiteCounters> sites;  // in no order
};

/// Counts every launch from now on.
void start_counting();
/// The launches since start_counting(), in order.
std::vector<LaunchCounters> stop_counting();

/// Traffic in [memory, memory + bytes) counts under this name, until the range is named otherwise or
/// forgotten. Of overlapping ranges the latest counts.
void name_range(const void* memory, std::size_t bytes, const std::string& name);
void forget_ranges();

}  // namespace weft::simt
