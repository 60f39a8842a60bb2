#include "kernels/base/thread_pool.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "kernels/base/error.hpp"
#include "tests/support/sanitizers.hpp"

namespace weft {
namespace {

namespace fs = std::filesystem;

/// The line that the system has of each of the pool's threads.
std::vector<std::string> pool_threads() {
  std::vector<std::string> lines;
  for (const auto& task : fs::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "stat");
    std::string line;
    std::getline(file, line);
    if (line.find("(weft)") != std::string::npos) lines.push_back(line);
  }
  return lines;
}

int processors() {
  cpu_set_t mask;
  return sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 1;
}

/// How often a loop of `parts` parts calls each of them.
std::vector<int> calls(int parts) {
  std::vector<std::atomic<int>> counts(static_cast<std::size_t>(std::max(parts, 1)));
  parallel(parts, [&](int part, int) { ++counts[static_cast<std::size_t>(part)]; });
  return {counts.begin(), counts.end()};
}

/// What body() returns in a forked child; -1 where the child died or its loop threw.
int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      _exit(body());
    } catch (...) {
      _exit(99);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) != 99 ? WEXITSTATUS(status) : -1;
}

TEST(ThreadPool, EveryPartIsCalledOnce) {
  for (const int parts : {1, 2, 3, 7, 64, 65, kMostParts}) {
    EXPECT_EQ(calls(parts), std::vector<int>(static_cast<std::size_t>(parts), 1)) << parts;
  }
}

TEST(ThreadPool, PartsAreCutByTheNumberAskedForAlone) {
  for (const int parts : {1, 7, kMostParts}) {
    parallel(parts, [&](int, int given) { EXPECT_EQ(given, parts); });
  }
  parallel(kMostParts + 1, [](int, int given) { EXPECT_EQ(given, kMostParts); });
}

TEST(ThreadPool, ThreadsWorkForNoMoreThanTheProcessors) {
  for (int i = 0; i < 20; ++i) calls(64);
  EXPECT_LT(static_cast<int>(pool_threads().size()), processors());
}

TEST(ThreadPool, APartMayHaveALoopOfItsOwn) {
  std::atomic<int> count{0};
  parallel(5, [&](int, int) { parallel(7, [&](int, int) { ++count; }); });
  EXPECT_EQ(count, 35);
}

TEST(ThreadPool, SeveralThreadsMayCall) {
  std::atomic<int> count{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < 500; ++k) parallel(3, [&](int, int) { ++count; });
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(count, 4 * 500 * 3);
}

TEST(ThreadPool, TheLowestPartsExceptionReachesTheCaller) {
  for (int i = 0; i < 50; ++i) {
    try {
      parallel(7, [](int part, int) {
        if (part >= 3) throw std::runtime_error(std::to_string(part));
      });
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "3");
    }
  }
  EXPECT_EQ(calls(7), std::vector<int>(7, 1));
}

TEST(ThreadPool, ItsThreadsSleepWhenNothingIsAskedOfThem) {
  calls(2);
  const auto awake = [] {
    const auto threads = pool_threads();
    return std::count_if(threads.begin(), threads.end(), [](const std::string& line) {
      return line.compare(line.find("(weft)") + 7, 1, "S") != 0;
    });
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (awake() > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(awake(), 0);
}

TEST(ThreadPool, AForkedChildHasAPoolOfItsOwn) {
  if (testing::kThreadSanitizer) GTEST_SKIP() << "the thread sanitizer knows no threads behind a fork";
  calls(2);
  const auto child = [] { return calls(7) == std::vector<int>(7, 1) ? 0 : 1; };
  EXPECT_EQ(in_child(child), 0);
  EXPECT_EQ(in_child([&] { return in_child(child); }), 0);
  EXPECT_EQ(calls(7), std::vector<int>(7, 1));
}

TEST(ThreadPool, OneProcessorTakesNoThreads) {
  const int threads = in_child([] {
    cpu_set_t all, one;
    sched_getaffinity(0, sizeof all, &all);
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu) {
      if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
    }
    sched_setaffinity(0, sizeof one, &one);
    return calls(64) == std::vector<int>(64, 1) ? static_cast<int>(pool_threads().size()) : 98;
  });
  EXPECT_EQ(threads, 0);
}

TEST(ThreadPool, AThreadThatCannotBeMadeIsSaidAndOneIsAlwaysEnough) {
  if (testing::kThreadSanitizer) GTEST_SKIP() << "the thread sanitizer knows no threads behind a fork";
  if (processors() == 1) GTEST_SKIP() << "one processor: no thread is ever made";
  const int result = in_child([] {
    const rlimit none{};  // counts for ordinary users alone
    if (setrlimit(RLIMIT_NPROC, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0)) return 5;
    try {
      calls(2);
      return 1;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kOutOfMemory) return 2;
      if (std::string(error.what()).find("--threads 1 needs none") == std::string::npos) return 3;
    }
    std::atomic<int> count{0};
    parallel(1, [&](int, int) { ++count; });
    return count == 1 ? 0 : 4;
  });
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace weft
