#pragma once
// The built program on a terminal of its own, as somebody sits in front of it.
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace weft::testing {

class OnTerminal {
 public:
  /// Whether the system has pseudo terminals; a container without /dev/pts has none.
  static bool possible() {
    int terminal = -1, program = -1;
    if (::openpty(&terminal, &program, nullptr, nullptr, nullptr) != 0) return false;
    ::close(terminal);
    ::close(program);
    return true;
  }

  explicit OnTerminal(const std::vector<std::string>& arguments) {
    std::vector<char*> words{const_cast<char*>(WEFT_PROGRAM)};
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    child_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (child_ < 0) throw std::runtime_error("no terminal to be had");
    if (child_ > 0) return;
    ::execv(WEFT_PROGRAM, words.data());
    ::_exit(127);
  }
  ~OnTerminal() { ::close(terminal_); }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  /// Reads until `text` was shown. False: the program ended without.
  bool shows(const std::string& text) {
    while (shown_.find(text) == std::string::npos) {
      if (!read_more()) return false;
    }
    return true;
  }
  void type(const std::string& keys) const {
    [[maybe_unused]] const auto sent = ::write(terminal_, keys.data(), keys.size());
  }

  /// Waits for the end; the exit status, or 128 + the signal that ended it.
  int end() {
    while (read_more()) {
    }
    int status = 0;
    ::waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  const std::string& shown() const { return shown_; }

 private:
  bool read_more() {
    char piece[4096];
    const ssize_t got = ::read(terminal_, piece, sizeof piece);  // an error once the program has ended
    if (got <= 0) return false;
    shown_.append(piece, static_cast<std::size_t>(got));
    return true;
  }

  int terminal_ = -1;
  pid_t child_ = -1;
  std::string shown_;
};

}  // namespace weft::testing
