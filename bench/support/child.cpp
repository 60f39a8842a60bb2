#include "bench/support/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

constexpr const char* kThisProgram = "/proc/self/exe";
constexpr int kNoProgram = 127;  // as a shell says it

[[noreturn]] void become(const std::vector<std::string>& arguments, int out) {
  std::vector<char*> words{const_cast<char*>("weft-bench")};
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  ::dup2(out, STDOUT_FILENO);
  ::execv(kThisProgram, words.data());
  ::_exit(kNoProgram);
}

std::string read_all(int pipe) {
  std::string text;
  char block[4096];
  for (ssize_t got = 0; (got = ::read(pipe, block, sizeof block)) > 0;) {
    text.append(block, static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

nlohmann::ordered_json ask_child(const std::vector<std::string>& arguments) {
  int ends[2];
  if (::pipe(ends) != 0) fail(ErrorCode::kIo, "no pipe to a process of its own");
  const pid_t child = ::fork();
  if (child == 0) become(arguments, ends[1]);
  ::close(ends[1]);
  const std::string text = child < 0 ? "" : read_all(ends[0]);
  ::close(ends[0]);
  int status = -1;
  if (child > 0) ::waitpid(child, &status, 0);
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (status != 0 || json.is_discarded()) {
    fail(ErrorCode::kIo, "weft-bench ", arguments.front(), ": the process of its own failed");
  }
  return json;
}

}  // namespace weft::bench
