// Warp collectives of the Machine. The lane that comes last computes every lane's result, so that disjoint
// masks work and lanes may come in any order.
#include "kernels/simt/fault.hpp"
#include "kernels/simt/machine.hpp"
#include "kernels/simt/observer.hpp"

namespace weft::simt {
namespace {

bool has(unsigned mask, int lane) { return (mask >> lane & 1u) != 0; }

bool is_shuffle(WarpOp op) {
  return op == WarpOp::kShuffle || op == WarpOp::kShuffleUp || op == WarpOp::kShuffleDown ||
         op == WarpOp::kShuffleXor;
}

}  // namespace

unsigned Machine::existing_lanes(int warp) const {
  const int lanes = threads_in_block_ - warp * kLanes;
  return lanes >= kLanes ? ~0u : (1u << lanes) - 1u;
}

std::uint64_t Machine::warp_collective(const WarpCall& call, Place place) {
  const int warp = running_ / kLanes, lane = running_ % kLanes;
  Thread& self = threads_[running_];
  self.call = call;
  self.call.mask &= existing_lanes(warp);
  self.place = place;
  check_call(self.call, place);
  arrived_[warp] |= 1u << lane;
  if (all_have_come(warp, self.call.mask)) {
    complete(warp, self.call.mask);
  } else {
    wait(Thread::State::kInWarpCall, place);
  }
  return self.call.value;
}

/// Whether each lane of the mask waits in a call with that mask; a lane in another call may still come.
bool Machine::all_have_come(int warp, unsigned mask) const {
  if ((arrived_[warp] & mask) != mask) return false;
  for (int lane = 0; lane < kLanes; ++lane) {
    if (has(mask, lane) && threads_[warp * kLanes + lane].call.mask != mask) return false;
  }
  return true;
}

void Machine::complete(int warp, unsigned mask) {
  std::array<std::uint64_t, kLanes> results{};
  for (int lane = 0; lane < kLanes; ++lane) {
    if (has(mask, lane)) results[lane] = result_of(warp * kLanes + lane);
  }
  arrived_[warp] &= ~mask;
  const bool orders_memory = threads_[running_].call.op == WarpOp::kSync;
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!has(mask, lane)) continue;
    const int thread = warp * kLanes + lane;
    threads_[thread].call.value = results[lane];
    if (thread != running_) make_ready(thread);
  }
  if (observer() != nullptr) observer()->warp_met(warp, mask, orders_memory);
}

std::uint64_t Machine::result_of(int thread) const {
  const WarpCall& call = threads_[thread].call;
  const int first = thread / kLanes * kLanes;
  if (call.op == WarpOp::kSync) return 0;
  if (is_shuffle(call.op)) return threads_[first + source_lane(thread % kLanes, call)].call.value;
  unsigned ballot = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    if (has(call.mask, lane) && threads_[first + lane].call.value != 0) ballot |= 1u << lane;
  }
  if (call.op == WarpOp::kAny) return ballot != 0 ? 1 : 0;
  if (call.op == WarpOp::kAll) return ballot == call.mask ? 1 : 0;
  return ballot;
}

/// A lane outside the caller's group of `width` lanes stands for the caller itself, except that an xor may
/// reach into earlier groups.
int Machine::source_lane(int lane, const WarpCall& call) const {
  const int group = lane / call.width * call.width;
  int source = lane;
  switch (call.op) {
    case WarpOp::kShuffle:
      source = group + (call.argument & (call.width - 1));
      break;
    case WarpOp::kShuffleUp:
      if (lane - call.argument >= group) source = lane - call.argument;
      break;
    case WarpOp::kShuffleDown:
      if (lane + call.argument < group + call.width) source = lane + call.argument;
      break;
    default:
      if ((lane ^ call.argument) < group + call.width) source = lane ^ call.argument;
  }
  return source;
}

void Machine::check_call(const WarpCall& call, Place place) const {
  const int warp = running_ / kLanes, lane = running_ % kLanes;
  if (!has(call.mask, lane))
    fault(place, name_of(call.op), ": lane ", lane, " is not in its own mask ", hex(call.mask));
  if (call.width <= 0 || call.width > kLanes || (call.width & (call.width - 1)) != 0) {
    fault(place, name_of(call.op), ": a width of ", call.width, " is no power of two up to 32");
  }
  if ((exited_[warp] & call.mask) != 0) {
    fault(place, name_of(call.op), ": the mask ", hex(call.mask), " names lanes ",
          hex(exited_[warp] & call.mask), ", which have left the kernel");
  }
  if (is_shuffle(call.op)) check_source(call, place);
  check_agreement(call, place);
}

void Machine::check_source(const WarpCall& call, Place place) const {
  const int source = source_lane(running_ % kLanes, call);
  if (source < 0 || source >= kLanes || !has(call.mask, source)) {
    fault(place, name_of(call.op), ": reads from lane ", source, ", which is not among the lanes ",
          hex(call.mask), " that take part");
  }
}

/// The lanes that wait with this mask agree with each other, so one of them speaks for all.
void Machine::check_agreement(const WarpCall& call, Place place) const {
  const int warp = running_ / kLanes;
  for (int lane = 0; lane < kLanes; ++lane) {
    const Thread& other = threads_[warp * kLanes + lane];
    if (!has(arrived_[warp] & call.mask, lane) || other.call.mask != call.mask) continue;
    if (other.call.op != call.op || other.call.width != call.width || other.place != place) {
      fault(place, name_of(call.op), ": lane ", lane, " waits with the same mask ", hex(call.mask), " in ",
            name_of(other.call.op), " at ", place_text(other.place));
    }
    return;
  }
}

std::uint64_t warp_collective(WarpOp op, unsigned mask, std::uint64_t value, int argument, int width,
                              Place place) {
  const InRuntime runtime;
  place.call = __builtin_return_address(0);
  return Machine::get().warp_collective({op, mask, value, argument, width}, place);
}

// NOLINTNEXTLINE(bugprone-reserved-identifier): CUDA's own name.
unsigned __activemask() { return 1u << (Machine::get().running() % kLanes); }

}  // namespace weft::simt
