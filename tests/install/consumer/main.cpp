// A program of its own over the installed package: it includes one header and links one target.
#include <sys/wait.h>
#include <unistd.h>
#include <weft/version.h>

#include <cstdio>
#include <string>
#include <weft/weft.hpp>

namespace {

bool refuses_what_is_not_there() {
  try {
    weft::info("no-such-dataset");
  } catch (const weft::Error& error) {
    std::printf("%s\n", error.what());
    return error.code() == weft::ErrorCode::kNotFound;
  }
  return false;
}

double trained_loss() {
  weft::TrainOptions options;
  options.settings = {{"epochs", "3"}, {"runs", "1"}, {"hidden", "8"}, {"threads", "2"}};
  return weft::train("./made", options).final_loss;
}

/// Makes and trains in a child that is forked before Weft was ever called, and whether it came to an end.
bool works_in_a_child() {
  const pid_t child = fork();
  if (child == 0) {
    weft::SynthOptions options;
    options.nodes = 1000;
    options.edges = 2000;
    options.threads = 2;
    weft::synth("./made", options);
    _exit(trained_loss() > 0.0 ? 0 : 1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

int main() {
  if (!works_in_a_child()) return 1;
  if (weft::version() != WEFT_VERSION || weft::recipe_names().empty()) return 2;
  if (!refuses_what_is_not_there()) return 3;
  return trained_loss() == trained_loss() ? 0 : 4;
}
