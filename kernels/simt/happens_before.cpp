#include "kernels/simt/happens_before.hpp"

#include <algorithm>

namespace weft::simt {
namespace {

bool has(unsigned mask, int lane) { return (mask >> lane & 1u) != 0; }

}  // namespace

HappensBefore::HappensBefore() {
  for (WarpClocks& clocks : clocks_) reset(clocks);
}

void HappensBefore::reset(WarpClocks& clocks) {
  for (int lane = 0; lane < kLanes; ++lane) {
    clocks.known[lane].fill(0);
    clocks.known[lane][lane] = 1;
  }
  clocks.last = 1;
  clocks.fresh = true;
}

void HappensBefore::begin_block(std::uint32_t block) {
  block_ = block;
  epoch_ = 0;
  for (WarpClocks& clocks : clocks_) {
    if (!clocks.fresh) reset(clocks);
  }
}

void HappensBefore::warp_sync(int warp, unsigned mask) {
  WarpClocks& clocks = clocks_[warp];
  clocks.fresh = false;
  ++clocks.last;
  std::array<std::uint32_t, kLanes> joined{};
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!has(mask, lane)) continue;
    for (int other = 0; other < kLanes; ++other) {
      joined[other] = std::max(joined[other], clocks.known[lane][other]);
    }
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!has(mask, lane)) continue;
    clocks.known[lane] = joined;
    clocks.known[lane][lane] = clocks.last;
  }
}

bool HappensBefore::lanes_are_ordered(const Party& party, const Moment& now) const {
  const auto& known = clocks_[now.warp()].known[now.lane()];
  for (unsigned others = party.lanes & ~(1u << now.lane()); others != 0; others &= others - 1) {
    if (known[static_cast<std::size_t>(__builtin_ctz(others))] < party.moment.clock) return false;
  }
  return true;
}

void HappensBefore::join_unordered(Party& party, const Moment& now) {
  if (party.moment.block != now.block) {
    party.more_blocks = true;
  } else if (party.moment.warp() != now.warp()) {
    party.more_warps = true;
  } else {
    party.lanes |= 1u << now.lane();
    party.moment.clock = std::min(party.moment.clock, now.clock);
  }
}

}  // namespace weft::simt
