#pragma once
// Which accesses of a launch are ordered, whatever order its threads happened to run in. Earlier is: the same
// thread before; the same block before a __syncthreads(); the same warp before a __syncwarp() that both lanes
// took part in, also through other lanes. A shuffle or a ballot orders no memory. Blocks of one launch are
// never ordered.
// The clocks are vector clocks: Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System",
// 1978; Fidge 1988, Mattern 1989; one per lane, over the lanes of its warp.
#include <array>
#include <cstdint>

#include "kernels/simt/machine.hpp"

namespace weft::simt {

/// When a thread of the block that runs does something.
struct Moment {
  std::uint32_t block = 0;
  std::uint32_t epoch = 0;  // barriers that the block has passed
  std::uint32_t clock = 0;  // the lane's own
  std::uint16_t thread = 0;

  int warp() const { return thread / kLanes; }
  int lane() const { return thread % kLanes; }
};

/// Those who accessed some bytes in one way, as far as a later access may be unordered with them.
struct Party {
  const void* pc = nullptr;  // of the first; null: nobody
  Moment moment;             // of the first; the clock is the least of the lanes'
  std::uint32_t lanes = 0;   // of the moment's warp
  bool more_warps = false;   // others of the same block and epoch
  bool more_blocks = false;

  bool empty() const { return pc == nullptr; }
};

class HappensBefore {
 public:
  HappensBefore();

  void begin_block(std::uint32_t block);
  void barrier() { ++epoch_; }
  void warp_sync(int warp, unsigned mask);

  Moment now(int thread) const {
    const auto own = static_cast<std::size_t>(thread % kLanes);
    return {block_, epoch_, clocks_[thread / kLanes].known[own][own], static_cast<std::uint16_t>(thread)};
  }
  /// Whether all of the party came before.
  bool ordered(const Party& party, const Moment& now) const {
    if (party.more_blocks || party.moment.block != now.block) return false;
    if (party.moment.epoch != now.epoch) return true;
    if (party.more_warps || party.moment.warp() != now.warp()) return false;
    return party.lanes == 1u << now.lane() || lanes_are_ordered(party, now);
  }
  /// Adds the access at `now` and forgets those whom it follows: who follows it, follows them.
  void join(Party& party, const Moment& now, const void* pc) const {
    if (party.more_blocks) return;
    if (party.empty() || ordered(party, now)) {
      party = {pc, now, 1u << now.lane(), false, false};
    } else {
      join_unordered(party, now);
    }
  }

 private:
  struct WarpClocks {
    std::array<std::array<std::uint32_t, kLanes>, kLanes> known;  // [lane][of lane]; the diagonal is its own
    std::uint32_t last;                                           // given to a lane
    bool fresh;                                                   // as at the start of a block
  };

  static void reset(WarpClocks& clocks);
  bool lanes_are_ordered(const Party& party, const Moment& now) const;
  static void join_unordered(Party& party, const Moment& now);

  std::uint32_t block_ = 0;
  std::uint32_t epoch_ = 0;
  std::array<WarpClocks, kMaxWarps> clocks_;
};

}  // namespace weft::simt
