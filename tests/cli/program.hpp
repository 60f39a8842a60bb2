#pragma once
// The built program, run as a user runs it: what it writes and how it ends.
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tests/support/files.hpp"

namespace weft::testing {

struct Outcome {
  int status = 0;  // exit status; 128 + signal where one ended it
  std::string out;
  std::string err;
};

/// Runs `weft <arguments> >out` through the shell in a folder of its own, without the caller's settings.
class Program {
 public:
  Program() {
    for (const char* name : {"WEFT_ROOT", "WEFT_DATA"}) ::unsetenv(name);
    ::setenv("WEFT_CACHE", (folder_.path() / "cache").c_str(), 1);
  }

  Outcome run(const std::string& arguments, const std::string& out = "out.txt") const {
    const std::string command = "cd '" + folder_.path().string() + "' && '" WEFT_PROGRAM "' " + arguments;
    const int status = std::system((command + " >" + out + " 2>err.txt").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            read_bytes(folder_.path() / "out.txt"), read_bytes(folder_.path() / "err.txt")};
  }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

}  // namespace weft::testing
