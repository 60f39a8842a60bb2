// Ctrl-C, SIGTERM and SIGHUP: what ends, what is kept, and what the exit status tells.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "tests/cli/child.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/sanitizers.hpp"
#include "tests/support/small_dataset.hpp"

namespace weft {
namespace {

using testing::OnPipe;
using testing::OnTerminal;
using testing::Program;

constexpr const char* kNotice = "Ending after this epoch; once more ends at once.\n";

class Signals : public ::testing::Test {
 protected:
  Signals() { testing::small_dataset().write(program_.folder() / "own"); }

  std::string path(const char* name) const { return (program_.folder() / name).string(); }

  std::vector<std::string> train(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"train",     path("own"), "--hidden", "8",
                                   "--threads", "1",         "--out",    path("out")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  /// More epochs than anybody waits for.
  std::vector<std::string> endless_training() const { return train({"--epochs", "2000000000"}); }
  bool state_is_kept() const { return std::filesystem::exists(path("out") + "/last.safetensors"); }

  Program program_;
};

/// A --config that does not come before the test writes it: training waits for it as in a long step, with its
/// handlers in place.
class LateConfig {
 public:
  explicit LateConfig(const std::string& path) : path_(path) { ::mkfifo(path.c_str(), 0600); }
  /// Until the program reads.
  void wait() { end_ = ::open(path_.c_str(), O_WRONLY); }
  void write(const std::string& text) const {
    [[maybe_unused]] const auto written = ::write(end_, text.data(), text.size());
    ::close(end_);
  }

 private:
  std::string path_;
  int end_ = -1;
};

/// Why a test is skipped that waits for the notice inside one long step.
constexpr const char* kHeldBack = "the thread sanitizer holds back signals of a long step";

/// Signals that lie closer together count as one.
void wait_for_another_wish() { std::this_thread::sleep_for(std::chrono::milliseconds(150)); }

TEST_F(Signals, TrainKeepsItsStateAndTheStatusTellsTheSignal) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    std::filesystem::remove_all(path("out"));
    OnPipe program(endless_training());
    ASSERT_TRUE(program.shows("Epoch: 02")) << program.shown();
    program.send(signal);
    EXPECT_EQ(program.end(), 128 + signal) << program.shown();
    EXPECT_NE(program.shown().find(kNotice), std::string::npos) << program.shown();
    EXPECT_NE(program.shown().find("--resume"), std::string::npos) << program.shown();
    EXPECT_TRUE(state_is_kept()) << signal;
  }
}

TEST_F(Signals, AClosedTerminalIsAHangup) {
  if (!OnTerminal::possible()) GTEST_SKIP() << "this system has no pseudo terminals";
  OnTerminal program(endless_training());
  ASSERT_TRUE(program.shows("Epoch: 02")) << program.shown();
  program.hang_up();
  EXPECT_EQ(program.end(), 128 + SIGHUP);
  EXPECT_TRUE(state_is_kept());
}

TEST_F(Signals, TheSecondOneEndsAtOnce) {
  if (testing::kThreadSanitizer) GTEST_SKIP() << kHeldBack;
  LateConfig config(path("late.toml"));
  OnPipe program(train({"--config", path("late.toml")}));
  config.wait();
  program.send(SIGINT);
  ASSERT_TRUE(program.shows(kNotice)) << program.shown();
  wait_for_another_wish();
  program.send(SIGINT);
  EXPECT_EQ(program.end(), 128 + SIGINT);
  EXPECT_EQ(program.shown(), std::string("\n") + kNotice);
}

TEST_F(Signals, ASecondHangupIsNoNews) {
  if (testing::kThreadSanitizer) GTEST_SKIP() << kHeldBack;
  LateConfig config(path("late.toml"));
  OnPipe program(train({"--config", path("late.toml")}));
  config.wait();
  program.send(SIGHUP);
  ASSERT_TRUE(program.shows(kNotice)) << program.shown();
  wait_for_another_wish();
  program.send(SIGHUP);
  config.write("epochs = 2000000000\n");
  EXPECT_EQ(program.end(), 128 + SIGHUP) << program.shown();
  EXPECT_NE(program.shown().find("weft: "), std::string::npos) << program.shown();  // it ended by itself
}

TEST_F(Signals, WhatTheParentIgnoresStaysIgnored) {
  LateConfig config(path("late.toml"));
  OnPipe program(train({"--config", path("late.toml")}), {SIGINT, SIGTERM, SIGHUP});
  config.wait();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) program.send(signal);
  config.write("epochs = 2\n");
  EXPECT_EQ(program.end(), 0) << program.shown();
  EXPECT_EQ(program.shown().find(kNotice), std::string::npos) << program.shown();
}

}  // namespace
}  // namespace weft
