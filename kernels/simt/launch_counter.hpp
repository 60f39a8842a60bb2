#pragma once
// Counts the launches that run, access by access.
#include <array>
#include <unordered_map>
#include <vector>

#include "kernels/simt/access.hpp"
#include "kernels/simt/counters.hpp"
#include "kernels/simt/request.hpp"
#include "kernels/simt/traffic_map.hpp"

namespace weft::simt {

class LaunchCounter {
 public:
  bool active() const { return active_; }
  void start();
  std::vector<LaunchCounters> stop();
  RangeNames& names() { return names_; }

  // What the Checker tells of a launch while active.
  void launch_begins(const Launch& launch);
  void launch_ends();
  void block_begins() { block_shared_ = 0; }
  void block_ends();
  void barrier_passed();
  void warp_met(int warp, unsigned mask);
  void shared_made(std::size_t bytes) { block_shared_ += bytes; }
  void touch(const Access& access, int thread, bool shared);

 private:
  struct Site {
    const void* pc;
    AccessKind kind;
    bool shared;
    SiteCounters counters;
  };
  /// Requests of a warp at one site that may still grow.
  struct Pending {
    std::array<std::uint32_t, kLanes> passed{};  // how often each lane came since the warp last met
    std::uint32_t first = 0;                     // of these requests, the number of requests[head]
    std::size_t head = 0;
    std::vector<Request> requests;
  };
  struct Warp {
    std::vector<Pending> pending;       // by site
    std::vector<std::uint32_t> in_use;  // sites with lanes that have passed
  };
  struct Recent {
    const void* pc = nullptr;
    bool shared = false;
    std::uint32_t site = 0;
  };

  std::uint32_t site_of(const Access& access, bool shared);
  void count(Site& site, const Request& request);
  /// All lanes of the warp are at the same place: what they did before is complete.
  void settle(int warp);
  unsigned existing_lanes(int warp) const;

  bool active_ = false;
  RangeNames names_;
  std::vector<LaunchCounters> launches_;
  std::vector<std::vector<const void*>> site_pcs_;  // by launch, of its sites

  // Of the launch that runs.
  int threads_in_block_ = 0;
  std::size_t block_shared_ = 0;
  std::vector<Site> sites_;
  std::unordered_map<const void*, std::array<std::uint32_t, 2>> site_numbers_;  // + 1; device, shared
  std::array<Recent, 64> recent_{};
  std::array<Warp, kMaxWarps> warps_;
  TrafficMap traffic_;
};

}  // namespace weft::simt
