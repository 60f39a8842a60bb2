// weft train, weft predict.
#include <fmt/format.h>

#include <iterator>

#include "commands.hpp"
#include "signals.hpp"
#include "terminal.hpp"

namespace weft::cli {

void run(const PrintCommand& command) { print(command.text); }

void run(const TrainCommand& command) {
  TrainOptions options = command.options;
  options.events = terminal_events(!command.json);
  const SignalHandlers handlers("Ending after this epoch; once more ends at once.");
  const TrainResult result = train(command.name, options);
  end_progress();
  if (command.json) print(to_json(result) + "\n");
}

void run(const PredictCommand& command) {
  PredictOptions options = command.options;
  options.events = terminal_events(false);
  const SignalHandlers handlers(kStopping);
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
