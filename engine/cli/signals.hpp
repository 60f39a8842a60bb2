#pragma once
// Ctrl-C, and SIGTERM as batch systems send it.
#include <csignal>
#include <iterator>

namespace weft::cli {

/// While it lives, the first signal asks what runs to stop (weft::request_stop) and writes `text` to stderr;
/// the second one ends the program at once. One at a time.
class SignalHandlers {
 public:
  explicit SignalHandlers(const char* text);
  ~SignalHandlers();
  SignalHandlers(const SignalHandlers&) = delete;
  SignalHandlers& operator=(const SignalHandlers&) = delete;

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM};
  struct sigaction before_[std::size(kSignals)]{};
};

}  // namespace weft::cli
