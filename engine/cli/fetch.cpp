// weft fetch.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "commands.hpp"
#include "signals.hpp"
#include "terminal.hpp"

namespace weft::cli {
namespace {

/// Waits for a line, or for Ctrl-C: then, as at the end of the input, the answer is no.
bool ask(const std::string& question) {
  end_progress();
  std::fputs((question + " [y/N] ").c_str(), stderr);
  std::fflush(stderr);
  pollfd input{STDIN_FILENO, POLLIN, 0};
  std::string answer;
  if (::poll(&input, 1, -1) != 1 || !std::getline(std::cin, answer)) return false;
  return answer == "y" || answer == "Y" || answer == "yes";
}

bool somebody_is_there() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1; }

std::string fetch_text(const FetchResult& r) {
  if (r.already_there) return fmt::format("{}: {} is there already\n", r.name, r.folder.string());
  return fmt::format("{}: {} ({} in {:.2f} s, SHA-256 {})\n", r.name, r.folder.string(), bytes_text(r.bytes),
                     r.seconds, r.sha256);
}

}  // namespace

void run(const FetchCommand& command) {
  FetchOptions options = command.options;
  options.events = terminal_events(false);
  if (somebody_is_there()) options.confirm = ask;
  const SignalHandlers handlers(kStopping);
  const FetchResult result = fetch(command.name, options);
  end_progress();
  print(command.json ? to_json(result) + "\n" : fetch_text(result));
}

}  // namespace weft::cli
