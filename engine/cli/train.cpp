// weft train, weft predict.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <iterator>

#include "commands.hpp"
#include "terminal.hpp"

namespace weft::cli {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};

void on_signal(int) {
  request_stop();
  constexpr char kText[] = "\nEnding after this epoch; once more ends at once.\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
}

/// While it lives, the first Ctrl-C (or SIGTERM, as batch systems send it) asks the run to end after its
/// epoch; the second one ends the program at once.
class SignalHandlers {
 public:
  SignalHandlers() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    for (std::size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, &before_[i]);
  }
  ~SignalHandlers() {
    for (std::size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  }
  SignalHandlers(const SignalHandlers&) = delete;
  SignalHandlers& operator=(const SignalHandlers&) = delete;

 private:
  struct sigaction before_[std::size(kSignals)]{};
};

}  // namespace

void run(const PrintCommand& command) { print(command.text); }

void run(const TrainCommand& command) {
  TrainOptions options = command.options;
  options.events = terminal_events(!command.json);
  const SignalHandlers handlers;
  const TrainResult result = train(command.name, options);
  end_progress();
  if (command.json) print(to_json(result) + "\n");
}

void run(const PredictCommand& command) {
  PredictOptions options = command.options;
  options.events = terminal_events(false);
  const PredictResult result = predict(command.checkpoint, command.name, options);
  end_progress();
  constexpr const char* kParts[] = {"train", "valid", "test"};
  for (std::size_t part = 0; part < std::size(kParts); ++part) {
    if (!result.scores[part]) continue;
    options.events.note(
        fmt::format("{} of split {}: {:.2f}%", kParts[part], result.split, 100.0 * *result.scores[part]));
  }
  if (!options.out.empty()) return;
  std::string text;
  for (const std::int32_t label : result.classes) fmt::format_to(std::back_inserter(text), "{}\n", label);
  print(text);
}

}  // namespace weft::cli
