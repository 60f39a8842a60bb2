#include "kernels/simt/machine.hpp"

#include <mutex>
#include <utility>

#include "kernels/simt/device_memory.hpp"
#include "kernels/simt/fault.hpp"
#include "kernels/simt/observer.hpp"
#include "kernels/simt/shared_arena.hpp"

namespace weft::simt {

uint3 threadIdx{};
uint3 blockIdx{};
dim3 blockDim;
dim3 gridDim;
__thread bool kernel_code_runs = false;

namespace {

Observer* the_observer = nullptr;

}  // namespace

Observer* observer() { return the_observer; }
void set_observer(Observer* observer) { the_observer = observer; }

uint3 position(std::uint64_t number, dim3 size) {
  return {static_cast<unsigned>(number % size.x), static_cast<unsigned>(number / size.x % size.y),
          static_cast<unsigned>(number / size.x / size.y)};
}

Machine& Machine::get() {
  static auto* const machine = new Machine;  // fibers may be suspended on it to the end
  return *machine;
}

Machine::Machine() : fibers_(&Machine::fiber_main) {}

void Machine::run(const Launch& launch) {
  static std::mutex one_at_a_time;
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  const HostAccess device_is_open;
  launch_ = &launch;
  gridDim = launch.grid;
  blockDim = launch.block;
  threads_in_block_ = static_cast<int>(launch.block.x * launch.block.y * launch.block.z);
  for (int t = 0; t < threads_in_block_; ++t) threads_[t].index = position(t, launch.block);
  order_ = current_order();
  dice_ = OrderDice(order_.seed);  // a launch's order does not depend on those before it
  if (observer() != nullptr) observer()->launch_begins(launch);
  const std::uint64_t blocks = std::uint64_t{launch.grid.x} * launch.grid.y * launch.grid.z;
  const BlockOrder in_order(order_, blocks, dice_);
  for (std::uint64_t i = 0; i < blocks; ++i) run_block(in_order.at(i));
  if (observer() != nullptr) observer()->launch_ends();
  launch_ = nullptr;
}

void Machine::run_block(std::uint64_t number) {
  blockIdx = position(number, launch_->grid);
  if (observer() != nullptr) observer()->block_begins(number);
  SharedArena::get().begin_block(launch_->shared_bytes);
  finished_ = at_barrier_ = predicates_ = 0;
  exited_.fill(0);
  arrived_.fill(0);
  ready_.clear();
  for (int t = 0; t < threads_in_block_; ++t) {
    threads_[t].state = Thread::State::kFresh;
    ready_.push(t);
  }
  resume(host_, take_ready());
  running_ = -1;
  if (observer() != nullptr) observer()->block_ends();
}

/// Runs threads for as long as the process lives: whoever switches here says which in `starting_`.
void Machine::fiber_main() {
  Fiber::arrive();
  Machine& machine = get();
  Fiber* self = machine.threads_[machine.starting_].fiber;
  for (;;) {
    machine.begin(machine.starting_);
    kernel_code_runs = true;
    machine.launch_->call(machine.launch_->arguments);
    kernel_code_runs = false;
    machine.finish();
    const int next = machine.finished_ == machine.threads_in_block_ ? -1 : machine.take_ready();
    if (next >= 0 && machine.threads_[next].state == Thread::State::kFresh) {
      // The next thread begins where this one ended: a kernel without barriers needs no switch.
      machine.threads_[next].fiber = self;
      machine.starting_ = next;
      continue;
    }
    machine.fibers_.give(self);
    if (next < 0) {
      Fiber::switch_to(*self, machine.host_);
    } else {
      machine.resume(*self, next);
    }
  }
}

void Machine::begin(int thread) {
  threads_[thread].state = Thread::State::kReady;
  note_running(thread);
}

void Machine::finish() {
  check_exit();
  threads_[running_].state = Thread::State::kFinished;
  exited_[running_ / kLanes] |= 1u << (running_ % kLanes);
  ++finished_;
}

void Machine::note_running(int thread) {
  running_ = thread;
  threadIdx = threads_[thread].index;
}

/// Leaves `from` for the thread; returns when something goes on with `from`.
void Machine::resume(Fiber& from, int thread) {
  Thread& next = threads_[thread];
  if (next.state == Thread::State::kFresh) {
    next.fiber = fibers_.take();
    starting_ = thread;
  }
  Fiber::switch_to(from, *next.fiber);
}

void Machine::wait(Thread::State state, Place place) {
  const int self = running_;
  threads_[self].state = state;
  threads_[self].place = place;
  resume(*threads_[self].fiber, take_ready());
  note_running(self);
}

void Machine::make_ready(int thread) {
  threads_[thread].state = Thread::State::kReady;
  ready_.push(thread);
}

int Machine::take_ready() {
  if (ready_.empty()) deadlock();
  return ready_.take(order_.kind, dice_);
}

int Machine::barrier(bool predicate, Place place) {
  check_barrier(place);
  barrier_place_ = place;
  predicates_ += predicate ? 1 : 0;
  if (++at_barrier_ < threads_in_block_) {
    wait(Thread::State::kAtBarrier, place);
    return barrier_result_;
  }
  barrier_result_ = predicates_;
  at_barrier_ = predicates_ = 0;
  if (observer() != nullptr) observer()->barrier_passed();
  for (int t = 0; t < threads_in_block_; ++t) {
    if (t != running_) make_ready(t);
  }
  return barrier_result_;
}

int block_barrier(bool predicate, Place place) {
  const InRuntime runtime;
  place.call = __builtin_return_address(0);
  return Machine::get().barrier(predicate, place);
}

int ReadyThreads::take(Order::Kind kind, OrderDice& dice) {
  if (kind == Order::Kind::kReverse) return at(--count_);
  if (kind == Order::Kind::kRandom) std::swap(at(0), at(static_cast<unsigned>(dice.below(count_))));
  const int thread = at(0);
  first_ = (first_ + 1) % kMaxThreads;
  --count_;
  return thread;
}

}  // namespace weft::simt
