#pragma once
// The machine that runs kernels: the threads of one block at a time, each on a fiber, and who goes on when
// one waits. One launch runs at a time in the process, on the thread that asked for it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/simt/fiber.hpp"
#include "kernels/simt/launch.hpp"
#include "kernels/simt/order.hpp"
#include "kernels/simt/place.hpp"
#include "kernels/simt/thread.hpp"

namespace weft::simt {

constexpr int kMaxThreads = 1024;  // of a block
constexpr int kLanes = 32;
constexpr int kMaxWarps = kMaxThreads / kLanes;

/// A call that a lane has made and that waits for the other lanes.
struct WarpCall {
  WarpOp op = WarpOp::kSync;
  unsigned mask = 0;
  std::uint64_t value = 0;  // the result, once all lanes have come
  int argument = 0;
  int width = kLanes;
};

struct Thread {
  enum class State { kFresh, kReady, kAtBarrier, kInWarpCall, kFinished };
  State state = State::kFresh;
  uint3 index{};
  Fiber* fiber = nullptr;  // once it has begun
  Place place;             // of the call in which it waits
  WarpCall call;
};

/// Thread numbers that can run, in the order they became so.
class ReadyThreads {
 public:
  void clear() { first_ = count_ = 0; }
  bool empty() const { return count_ == 0; }
  void push(int thread) { at(count_++) = static_cast<std::int16_t>(thread); }
  /// The first, the last or any, as the order says. Not when empty.
  int take(Order::Kind kind, OrderDice& dice);

 private:
  std::int16_t& at(unsigned i) { return threads_[(first_ + i) % kMaxThreads]; }

  std::array<std::int16_t, kMaxThreads> threads_{};
  unsigned first_ = 0;
  unsigned count_ = 0;
};

/// The stacks that threads run on. A stack is taken when a thread begins, given back when it ends, and kept.
class FiberPool {
 public:
  explicit FiberPool(void (*entry)()) : entry_(entry) {}
  Fiber* take();
  void give(Fiber* fiber) { free_.push_back(fiber); }
  /// Whether it is an address on one of the stacks.
  bool holds(std::uintptr_t address) const;

 private:
  void map();
  void add();

  void (*entry_)();
  unsigned char* stacks_ = nullptr;
  std::size_t made_ = 0;
  std::array<Fiber, kMaxThreads> fibers_;
  std::vector<Fiber*> free_;
};

/// Whether the thread that runs is in a kernel's own code, not in what the kernel called of this folder.
// Not thread_local, whose every use in another file would be a call.
extern __thread bool kernel_code_runs;

/// Lives in whatever a kernel calls of this folder. The linker may merge the inline functions of the standard
/// library that the runtime uses with those of kernel files, which tell the checking runtime of accesses.
class InRuntime {
 public:
  InRuntime() { kernel_code_runs = false; }
  InRuntime(const InRuntime&) = delete;
  InRuntime& operator=(const InRuntime&) = delete;
  ~InRuntime() { kernel_code_runs = true; }
};

/// Where in a grid or block the number is that counts in x, then y, then z.
uint3 position(std::uint64_t number, dim3 size);

class Machine {
 public:
  static Machine& get();

  void run(const Launch& launch);

  // What a kernel's thread asks for.
  int barrier(bool predicate, Place place);
  std::uint64_t warp_collective(const WarpCall& call, Place place);

  // What complaints and the checking runtime ask for.
  bool in_kernel() const { return running_ >= 0; }
  int running() const { return running_; }
  const Launch& current_launch() const { return *launch_; }
  const FiberPool& fibers() const { return fibers_; }

 private:
  Machine();

  void run_block(std::uint64_t number);
  static void fiber_main();
  void finish();
  /// Suspends the running thread until something makes it ready.
  void wait(Thread::State state, Place place);
  void resume(Fiber& from, int thread);
  void begin(int thread);
  void make_ready(int thread);
  int take_ready();
  void note_running(int thread);
  [[noreturn]] void deadlock() const;

  void check_barrier(Place place) const;
  void check_exit() const;
  void check_call(const WarpCall& call, Place place) const;
  void check_source(const WarpCall& call, Place place) const;
  void check_agreement(const WarpCall& call, Place place) const;
  unsigned existing_lanes(int warp) const;
  bool all_have_come(int warp, unsigned mask) const;
  void complete(int warp, unsigned mask);
  std::uint64_t result_of(int thread) const;
  int source_lane(int lane, const WarpCall& call) const;

  const Launch* launch_ = nullptr;
  int threads_in_block_ = 0;
  int running_ = -1;   // the thread's number, or no kernel runs
  int starting_ = -1;  // the thread that a fiber's main function calls next
  int finished_ = 0;
  int at_barrier_ = 0;
  int predicates_ = 0;                         // of the barrier that fills
  int barrier_result_ = 0;                     // of the barrier that was passed last
  Place barrier_place_;                        // where the first of them waits
  std::array<unsigned, kMaxWarps> exited_{};   // lanes, by warp
  std::array<unsigned, kMaxWarps> arrived_{};  // lanes that wait in a warp call
  std::array<Thread, kMaxThreads> threads_;
  ReadyThreads ready_;
  Order order_;
  OrderDice dice_{0};
  FiberPool fibers_;
  Fiber host_;
};

}  // namespace weft::simt
