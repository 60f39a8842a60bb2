#pragma once
// A stream of items: produced one after the other, transformed in parallel, consumed one after the other in
// the order they were produced. What comes out does not depend on the number of threads.
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace weft::data {

/// Every thread, the caller's among them, takes the first of these jobs that can be done: consume the next
/// item in order, produce another one while fewer than `ahead` are under way, transform one. So the serial
/// ends are never starved, memory is bounded by `ahead` items, and items are recycled with their buffers.
template <class Item>
class OrderedPipeline {
 public:
  std::function<bool(Item&)> produce;    // false: there are no more
  std::function<void(Item&)> transform;  // of several items at once
  std::function<bool(Item&)> consume;    // false: enough, drop the rest

  /// Returns when all is consumed. An exception of any stage is thrown when its item's turn to be consumed
  /// comes, so which one is seen does not depend on timing.
  void run(int threads) {
    slots_ = std::vector<Slot>(static_cast<std::size_t>(threads < 1 ? 1 : threads) * 2 + 2);
    std::vector<std::jthread> helpers;
    try {
      for (int t = 1; t < threads; ++t) helpers.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // The system gives no more threads: those there are do the work.
    }
    work();
    helpers.clear();  // joins
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  struct Slot {
    Item item;
    bool done = false;
    std::exception_ptr failure;
  };
  using Lock = std::unique_lock<std::mutex>;

  Slot& slot(std::int64_t index) { return slots_[static_cast<std::size_t>(index) % slots_.size()]; }

  void work() {
    Lock lock(mutex_);
    while (!stopped_ && !(exhausted_ && consumed_ == produced_)) {
      if (can_consume()) {
        consume_next(lock);
      } else if (can_produce()) {
        produce_next(lock);
      } else if (taken_ < produced_) {
        transform_next(lock);
      } else {
        changed_.wait(lock);
        continue;
      }
      changed_.notify_all();
    }
  }

  bool can_consume() { return !consuming_ && consumed_ < produced_ && slot(consumed_).done; }
  bool can_produce() {
    return !producing_ && !exhausted_ && produced_ - consumed_ < static_cast<std::int64_t>(slots_.size());
  }

  /// Runs `job` without the lock; what it throws is returned.
  template <class Job>
  std::exception_ptr unlocked(Lock& lock, Job job) {
    lock.unlock();
    std::exception_ptr failure;
    try {
      job();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    return failure;
  }

  void produce_next(Lock& lock) {
    producing_ = true;
    Slot& next = slot(produced_);
    bool more = false;
    next.done = false;
    next.failure = unlocked(lock, [&] { more = produce(next.item); });
    producing_ = false;
    exhausted_ = !more;
    if (next.failure) {
      next.done = true;  // nothing to transform: it fails when its turn comes
      ++produced_;
    } else if (more) {
      ++produced_;
    }
  }

  void transform_next(Lock& lock) {
    Slot& next = slot(taken_++);
    if (next.done) return;  // a failed production
    next.failure = unlocked(lock, [&] { transform(next.item); });
    next.done = true;
  }

  void consume_next(Lock& lock) {
    consuming_ = true;
    Slot& next = slot(consumed_);
    bool more = false;
    std::exception_ptr failure = next.failure;
    if (!failure) failure = unlocked(lock, [&] { more = consume(next.item); });
    consuming_ = false;
    if (failure) failure_ = failure;
    if (!more) stopped_ = true;
    ++consumed_;
  }

  std::vector<Slot> slots_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t produced_ = 0, taken_ = 0, consumed_ = 0;  // items so far, in order
  bool producing_ = false, consuming_ = false;
  bool exhausted_ = false, stopped_ = false;
  std::exception_ptr failure_;
};

}  // namespace weft::data
