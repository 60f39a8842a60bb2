// A worker is one word that says what it does; whoever waits for it spins on the word for a short while and
// then sleeps in the kernel (futex). The waits last seen decide how long is worth spinning, so that nobody
// spins where processors are shared. A caller takes idle workers, offers each the loop, and takes parts
// itself; workers that have not begun when no part is left are sent back instead of waited for.
#include "kernels/base/thread_pool.hpp"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "kernels/base/error.hpp"

namespace weft {
namespace {

using Word = std::atomic<std::uint32_t>;
static_assert(Word::is_always_lock_free && sizeof(Word) == sizeof(std::uint32_t));

void sleep_while(const Word& word, std::uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

void wake(const Word& word) { syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits for a word to change. A wait is spun through where the waits before it were short, else slept
/// through.
class Waiter {
 public:
  /// Returns the word's value once it is not `value`. `asleep` is put in the word's place while the waiter
  /// sleeps, for whoever changes it to call wake().
  std::uint32_t wait(Word& word, std::uint32_t value, std::uint32_t asleep) {
    const auto start = Clock::now();
    std::uint32_t now = value;
    const auto waited = [&] { return Clock::now() - start; };
    do {
      for (int i = 0; i < kPauses && now == value; ++i) {
        pause();
        now = word.load(std::memory_order_acquire);
      }
    } while (now == value && waited() < worth_);
    if (now == value && word.compare_exchange_strong(now, asleep, std::memory_order_acquire)) {
      now = asleep;
      while (now == asleep) {
        sleep_while(word, asleep);
        now = word.load(std::memory_order_acquire);
      }
    }
    worth_ = waited() < kMostSpinning ? kMostSpinning : Clock::duration::zero();
    return now;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::duration kMostSpinning = std::chrono::microseconds(100);
  static constexpr int kPauses = 16;
  Clock::duration worth_ = kMostSpinning;
};

/// A loop under way. It lies on its caller's stack.
class Loop {
 public:
  Loop(int parts, int runners, detail::PartFunction function, const void* body)
      : parts_(parts), runners_(runners), function_(function), body_(body) {}

  /// Takes parts until none is left, beginning with this runner's own share, so that a thread finds in its
  /// caches what it left there in the loop before.
  void run(int runner) {
    const int first = static_cast<int>(std::int64_t{parts_} * runner / runners_);
    for (int i = 0; i < parts_; ++i) {
      const int part = first + i < parts_ ? first + i : first + i - parts_;
      if (take(part)) call(part);
    }
  }
  /// Throws what left a part. Only when all runners have ended.
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  bool take(int part) {
    std::atomic<std::uint64_t>& word = taken_[static_cast<std::size_t>(part / 64)];
    const std::uint64_t bit = std::uint64_t{1} << (part % 64);
    return (word.load(std::memory_order_relaxed) & bit) == 0 &&
           (word.fetch_or(bit, std::memory_order_relaxed) & bit) == 0;
  }

  void call(int part) {
    try {
      function_(body_, part, parts_);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (error_ && failed_ < part) return;
      failed_ = part;
      error_ = std::current_exception();
    }
  }

  const int parts_, runners_;
  const detail::PartFunction function_;
  const void* const body_;
  std::array<std::atomic<std::uint64_t>, kMostParts / 64> taken_{};
  std::mutex mutex_;  // of the two below
  int failed_ = 0;
  std::exception_ptr error_;
};

class Worker {
 public:
  /// Errors: kOutOfMemory.
  Worker() {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigset_t all, before;
    sigfillset(&all);  // signals are for the program's own threads, but for those of faults and profilers
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGPROF}) sigdelset(&all, own);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int refused = pthread_create(
        &thread, &attributes,
        [](void* self) -> void* {
          static_cast<Worker*>(self)->serve();
          return nullptr;
        },
        this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    if (refused == 0) return;
    fail(ErrorCode::kOutOfMemory, "a thread cannot be made: ", std::strerror(refused),
         "; use fewer threads (--threads 1 needs none), or raise the limits (ulimit -u, ulimit -v)");
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void offer(Loop& loop, int runner) {
    loop_ = &loop;
    runner_ = runner;
    if (state_.exchange(kOffered, std::memory_order_acq_rel) == kAsleep) wake(state_);
  }
  /// Takes the offer back, or waits until the worker has done its share.
  void take_back(Waiter& waiter) {
    std::uint32_t state = kOffered;
    if (state_.compare_exchange_strong(state, kFree, std::memory_order_acq_rel)) return;
    if (state == kRunning) waiter.wait(state_, kRunning, kAwaited);
  }

 private:
  enum State : std::uint32_t {
    kFree,     // waits for an offer, awake
    kAsleep,   // waits for an offer
    kOffered,  // a loop is offered
    kRunning,  // works on it
    kAwaited,  // works on it, and its caller sleeps until it ends
  };

  [[noreturn]] void serve() {
    pthread_setname_np(pthread_self(), "weft");
    for (Waiter waiter;;) {
      std::uint32_t state = waiter.wait(state_, kFree, kAsleep);
      if (state != kOffered || !state_.compare_exchange_strong(state, kRunning, std::memory_order_acq_rel))
        continue;
      loop_->run(runner_);
      if (state_.exchange(kFree, std::memory_order_acq_rel) == kAwaited) wake(state_);
    }
  }

  alignas(64) Word state_{kFree};
  Loop* loop_ = nullptr;
  int runner_ = 0;
};

class Pool {
 public:
  /// Never destroyed: workers may still be falling asleep when the program ends.
  static Pool& instance() {
    static Pool* const pool = [] {
      auto* made = new Pool;
      pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                     [] { new (&instance()) Pool; });  // the child has none of the threads
      return made;
    }();
    return *pool;
  }

  void run(int parts, detail::PartFunction function, const void* body) {
    std::array<Worker*, kMostParts> helpers;
    const int count = borrow(parts - 1, helpers.data());
    Loop loop(parts, count + 1, function, body);
    for (int i = 0; i < count; ++i) helpers[static_cast<std::size_t>(i)]->offer(loop, i + 1);
    loop.run(0);
    thread_local Waiter waiter;
    for (int i = 0; i < count; ++i) helpers[static_cast<std::size_t>(i)]->take_back(waiter);
    give_back(count, helpers.data());
    loop.rethrow();
  }

 private:
  /// At most `wanted` idle workers, new ones among them where the process has processors for more.
  int borrow(int wanted, Worker** out) {
    const std::lock_guard lock(mutex_);
    if (most_ < 0) {
      idle_.reserve(kMostParts);
      most_ = std::min(processors(), kMostParts) - 1;
    }
    while (static_cast<int>(idle_.size()) < wanted && made_ < most_) {
      idle_.insert(idle_.begin(), new Worker);
      ++made_;
    }
    const int count = std::min(wanted, static_cast<int>(idle_.size()));
    for (int i = 0; i < count; ++i) {
      out[i] = idle_.back();
      idle_.pop_back();
    }
    return count;
  }

  /// In such an order that the same ones get the same parts of the next loop.
  void give_back(int count, Worker* const* workers) {
    const std::lock_guard lock(mutex_);
    for (int i = count - 1; i >= 0; --i) idle_.push_back(workers[i]);
  }

  static int processors() {
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof mask, &mask) == 0) return CPU_COUNT(&mask);
    return static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));  // more than a cpu_set_t holds
  }

  std::mutex mutex_;  // of what is below
  std::vector<Worker*> idle_;
  int made_ = 0, most_ = -1;
};

}  // namespace

void detail::run_parts(int parts, PartFunction function, const void* body) {
  Pool::instance().run(std::min(parts, kMostParts), function, body);
}

}  // namespace weft
