// weft: exit status 0 done, 1 failed, 2 wrong usage, 128 + the signal that stopped it; one line on stderr
// says what went wrong.
#include <cstdio>
#include <exception>
#include <new>

#include "commands.hpp"
#include "signals.hpp"
#include "terminal.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

/// `status` of what came to an end: whoever asked it to stop is told so.
int unless_stopped(int status) {
  const int signal = weft::cli::stop_signal();
  return signal == 0 ? status : 128 + signal;
}

constexpr const char* kOutOfMemory =
    "out of memory; allow more (ulimit -v), end what else takes it, or take a smaller dataset or model";

int report(const char* message, int status) {
  weft::cli::end_progress();
  std::fprintf(stderr, "weft: %s\n", message);
  return status;
}

/// The words that were typed, for summary.json.
std::string command_line(int argc, char** argv) {
  std::string text = "weft";
  for (int i = 1; i < argc; ++i) text += std::string(" ") + argv[i];
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  weft::cli::ignore_file_size_signal();
  try {
    weft::cli::Command command = weft::cli::parse_arguments(argc, argv);
    if (auto* train = std::get_if<weft::cli::TrainCommand>(&command)) {
      train->options.command_line = command_line(argc, argv);
    }
    std::visit([](const auto& what) { weft::cli::run(what); }, command);
    return unless_stopped(0);
  } catch (const weft::cli::UsageError& error) {
    return report(error.what(), kWrongUsage);
  } catch (const std::bad_alloc&) {
    return report(kOutOfMemory, kFailed);
  } catch (const weft::Error& error) {
    const bool interrupted = error.code() == weft::ErrorCode::kInterrupted;
    return report(error.what(), interrupted ? unless_stopped(kFailed) : kFailed);
  } catch (const std::exception& error) {
    return report(error.what(), kFailed);
  }
}
