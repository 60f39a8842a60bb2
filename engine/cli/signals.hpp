#pragma once
// Ctrl-C, SIGTERM as batch systems send it, and SIGHUP as a closed terminal does.
#include <csignal>
#include <iterator>

namespace weft::cli {

inline constexpr const char* kStopping = "Stopping; once more ends at once.";

/// While it lives, the first signal asks what runs to stop (weft::request_stop) and writes `notice` to
/// stderr; a later one, but for SIGHUP, ends the program at once. What the parent ignores (nohup, a shell's
/// background) stays ignored. One at a time.
class SignalHandlers {
 public:
  explicit SignalHandlers(const char* notice);
  ~SignalHandlers();
  SignalHandlers(const SignalHandlers&) = delete;
  SignalHandlers& operator=(const SignalHandlers&) = delete;

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction before_[std::size(kSignals)]{};
};

/// A file larger than the limit (ulimit -f) is then an error of writing, not the end.
void ignore_file_size_signal();

/// The first signal that a SignalHandlers took; 0: none.
int stop_signal() noexcept;

}  // namespace weft::cli
