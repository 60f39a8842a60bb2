#include "signals.hpp"

#include <unistd.h>

#include <cstring>

#include "weft/weft.hpp"

namespace weft::cli {
namespace {

const char* notice = "";  // a handler is given nothing but the signal

void write_line(const char* text) {
  [[maybe_unused]] auto written = ::write(STDERR_FILENO, "\n", 1);
  written = ::write(STDERR_FILENO, text, std::strlen(text));
  written = ::write(STDERR_FILENO, "\n", 1);
}

void on_signal(int) {
  request_stop();
  write_line(notice);
}

}  // namespace

SignalHandlers::SignalHandlers(const char* text) {
  notice = text;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

SignalHandlers::~SignalHandlers() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

}  // namespace weft::cli
