#include "terminal.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace weft::cli {
namespace {

/// One line at the bottom of a terminal, drawn anew at most ten times a second.
class ProgressBar {
 public:
  void show(const Progress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (shown_ && progress.fraction < 1.0 && now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    constexpr int kWidth = 30;
    const int filled = static_cast<int>(std::clamp(progress.fraction, 0.0, 1.0) * kWidth);
    line_ = one_line(fmt::format("{} [{:=<{}}{: <{}}] {:3.0f}% {}", progress.what, "", filled, "",
                                 kWidth - filled, 100.0 * progress.fraction, progress.detail));
    draw();
  }
  /// Takes the bar away while something else is written; draw() brings it back.
  void hide() const {
    if (shown_) std::fputs("\r\033[K", stderr);  // fmt::print would throw where the terminal is gone
  }
  void draw() {
    if (line_.empty()) return;
    std::fputs(("\r" + line_ + "\033[K").c_str(), stderr);
    std::fflush(stderr);
    shown_ = true;
  }
  void end() {
    hide();
    line_.clear();
    shown_ = false;
  }

 private:
  std::string line_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point drawn_{};
};

ProgressBar& bar() {
  static ProgressBar one;
  return one;
}

spdlog::logger& log() {
  static const std::shared_ptr<spdlog::logger> one = [] {
    auto logger = std::make_shared<spdlog::logger>("weft", std::make_shared<spdlog::sinks::stderr_sink_st>());
    logger->set_pattern("%H:%M:%S %v");
    return logger;
  }();
  return *one;
}

/// Whether stdout was a terminal that has been closed. SIGHUP tells so too, but may come later.
bool terminal_is_gone() { return ::isatty(STDOUT_FILENO) == 0 && errno == EIO; }

}  // namespace

Events terminal_events(bool results) {
  Events events;
  events.note = [](const std::string& line) {
    bar().hide();
    log().info(one_line(line));
    bar().draw();
  };
  if (results) {
    events.result = [](const std::string& line) {
      bar().hide();
      print(line + "\n");
      bar().draw();
    };
  }
  if (::isatty(STDERR_FILENO) == 1) events.progress = [](const Progress& progress) { bar().show(progress); };
  return events;
}

void print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return;
  const int why = errno;
  if (why == EIO && terminal_is_gone()) {
    std::raise(SIGHUP);
  } else {
    fail(ErrorCode::kIo, "stdout: cannot be written: ", std::strerror(why));
  }
}

void end_progress() { bar().end(); }

void line(std::string& text, const char* what, const std::string& value) {
  text += fmt::format("{:<17} {}\n", one_line(what), one_line(value));
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string order_text(const std::string& node_order) {
  return node_order.empty() || node_order == "none" ? "" : ", nodes in order " + node_order;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"bytes", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1000.0 && unit + 1 < std::size(kUnits); ++unit) value /= 1000.0;
  return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 2, kUnits[unit]);
}

}  // namespace weft::cli
