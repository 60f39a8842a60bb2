#pragma once
// The built program while it runs: on a terminal of its own, as somebody sits in front of it, or on a pipe.
#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace weft::testing {

class Child {
 public:
  ~Child() { hang_up(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Reads until `text` was shown. False: the program ended without.
  bool shows(const std::string& text) {
    while (shown_.find(text) == std::string::npos) {
      if (!read_more()) return false;
    }
    return true;
  }
  void send(int signal) const { ::kill(child_, signal); }

  /// Nobody reads any longer.
  void hang_up() {
    if (shows_ >= 0) ::close(shows_);
    shows_ = -1;
  }

  /// Waits for the end; the exit status, or 128 + the signal that ended it.
  int end() {
    while (shows_ >= 0 && read_more()) {
    }
    int status = 0;
    ::waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  const std::string& shown() const { return shown_; }

 protected:
  Child() = default;

  static void become_program(const std::vector<std::string>& arguments) {
    std::vector<char*> words{const_cast<char*>(WEFT_PROGRAM)};
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    ::execv(WEFT_PROGRAM, words.data());
    ::_exit(127);
  }

  int shows_ = -1;
  pid_t child_ = -1;

 private:
  bool read_more() {
    char piece[4096];
    const ssize_t got = ::read(shows_, piece, sizeof piece);  // an error once the program has left a terminal
    if (got <= 0) return false;
    shown_.append(piece, static_cast<std::size_t>(got));
    return true;
  }

  std::string shown_;
};

class OnTerminal : public Child {
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
    child_ = ::forkpty(&shows_, nullptr, nullptr, nullptr);
    if (child_ < 0) throw std::runtime_error("no terminal to be had");
    if (child_ == 0) become_program(arguments);
  }
  void type(const std::string& keys) const {
    [[maybe_unused]] const auto sent = ::write(shows_, keys.data(), keys.size());
  }
};

/// Its stdout and stderr are one pipe; `ignored` are signals that its parent ignores.
class OnPipe : public Child {
 public:
  explicit OnPipe(const std::vector<std::string>& arguments, const std::vector<int>& ignored = {}) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe to be had");
    child_ = ::fork();
    if (child_ == 0) {
      for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(ends[1], stream);
      for (const int signal : ignored) std::signal(signal, SIG_IGN);
      become_program(arguments);
    }
    ::close(ends[1]);
    shows_ = ends[0];
  }
};

}  // namespace weft::testing
