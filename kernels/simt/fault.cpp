// What ends a program, and the checks of the Machine that need more words than work.
#include "kernels/simt/fault.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iomanip>
#include <sstream>

#include "kernels/simt/machine.hpp"
#include "kernels/simt/memory_access.hpp"
#include "kernels/simt/symbols.hpp"

namespace weft::simt {
namespace {

constexpr int kThreadsInReport = 8;

std::string triple(uint3 at) {
  std::ostringstream text;
  text << "(" << at.x << ", " << at.y << ", " << at.z << ")";
  return text.str();
}

std::string waiting_for(const Thread& thread) {
  if (thread.state == Thread::State::kAtBarrier) return "__syncthreads";
  return weft::detail::concat(name_of(thread.call.op), " of lanes ", hex(thread.call.mask));
}

}  // namespace

bool operator==(const Place& a, const Place& b) {
  return a.line == b.line && (a.file == b.file || std::strcmp(a.file, b.file) == 0);
}

std::string running_thread() {
  return weft::detail::concat(Machine::get().current_launch().kernel, ", block ", triple(blockIdx),
                              ", thread ", triple(threadIdx));
}

std::string place_text(Place place) {
  const CodePlace code = place.call == nullptr ? CodePlace{} : place_of_call(place.call);
  return text_of(code.file.empty() || in_runtime(code) ? CodePlace{place.file, place.line} : code);
}

std::string position_text(std::uint64_t number, dim3 size) { return triple(position(number, size)); }

std::string hex(std::uint64_t value) {
  std::ostringstream text;
  text << "0x" << std::hex << std::setfill('0') << std::setw(8) << value;
  return text.str();
}

const char* name_of(WarpOp op) {
  switch (op) {
    case WarpOp::kSync:
      return "__syncwarp";
    case WarpOp::kShuffle:
      return "__shfl_sync";
    case WarpOp::kShuffleUp:
      return "__shfl_up_sync";
    case WarpOp::kShuffleDown:
      return "__shfl_down_sync";
    case WarpOp::kShuffleXor:
      return "__shfl_xor_sync";
    case WarpOp::kBallot:
      return "__ballot_sync";
    case WarpOp::kAny:
      return "__any_sync";
    case WarpOp::kAll:
      return "__all_sync";
  }
  return "";
}

void fault_with(Place place, const std::string& message) {
  kernel_code_runs = false;
  const std::string who = Machine::get().in_kernel() ? running_thread() : std::string("host");
  std::fprintf(stderr, "simt: %s: %s: %s\n", place_text(place).c_str(), who.c_str(), message.c_str());
  std::fflush(stderr);
  std::abort();
}

void misaligned(const void* p, std::size_t bytes, Place place) {
  const InRuntime runtime;
  place.call = __builtin_return_address(0);
  fault(place, "an access of ", bytes, " bytes at ", p, ", which is not a multiple of ", bytes);
}

void Machine::check_barrier(Place place) const {
  if (finished_ > 0) fault(place, "__syncthreads: ", finished_, " threads of the block have left the kernel");
  if (at_barrier_ > 0 && barrier_place_ != place) {
    fault(place, "__syncthreads: other threads of the block wait in another one, at ",
          place_text(barrier_place_));
  }
}

void Machine::check_exit() const {
  const int warp = running_ / kLanes, lane = running_ % kLanes;
  if (at_barrier_ > 0) {
    fault(barrier_place_, "leaves the kernel while ", at_barrier_, " threads wait in this __syncthreads");
  }
  for (int other = 0; other < kLanes; ++other) {
    const Thread& thread = threads_[warp * kLanes + other];
    if ((arrived_[warp] >> other & thread.call.mask >> lane & 1u) == 0) continue;
    fault(thread.place, "leaves the kernel while lane ", other, " waits for it in ", waiting_for(thread));
  }
}

void Machine::deadlock() const {
  std::ostringstream text;
  text << finished_ << " of " << threads_in_block_ << " threads have left the kernel, the others wait:";
  Place first;
  int shown = 0;
  for (int t = 0; t < threads_in_block_ && shown < kThreadsInReport; ++t) {
    const Thread& thread = threads_[t];
    if (thread.state == Thread::State::kFinished) continue;
    if (shown++ == 0) first = thread.place;
    text << "\n  thread " << triple(thread.index) << " in " << waiting_for(thread) << " at "
         << place_text(thread.place);
  }
  fault(first, "nobody can go on. ", text.str());
}

}  // namespace weft::simt
