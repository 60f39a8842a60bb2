#include "signals.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>

#include "weft/weft.hpp"

namespace weft::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kOneWish = kSecond / 10;  // timeout(1) and closed terminals send a signal twice

// A handler is given nothing but the signal.
const char* notice = "";
std::atomic<std::int64_t> first_at{0};  // [ns]
std::atomic<int> first_signal{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

std::int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

void write_line(const char* text) {
  [[maybe_unused]] auto written = ::write(STDERR_FILENO, "\n", 1);
  written = ::write(STDERR_FILENO, text, std::strlen(text));
  written = ::write(STDERR_FILENO, "\n", 1);
}

void end_at_once(int signal) {
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  ::sigaction(signal, &plain, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);  // the first process of a container outlives its own signals
}

void on_signal(int signal) {
  const int error = errno;
  std::int64_t none = 0;
  if (first_at.compare_exchange_strong(none, now())) {
    first_signal = signal;
    request_stop();
    write_line(notice);
  } else if (signal != SIGHUP && now() - first_at > kOneWish) {
    end_at_once(signal);
  }
  errno = error;
}

}  // namespace

SignalHandlers::SignalHandlers(const char* text) {
  notice = text;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_NODEFER | SA_RESTART);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

SignalHandlers::~SignalHandlers() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
}

void ignore_file_size_signal() { std::signal(SIGXFSZ, SIG_IGN); }

int stop_signal() noexcept { return first_signal; }

}  // namespace weft::cli
