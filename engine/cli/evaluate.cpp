// weft evaluate.
#include <fmt/format.h>

#include "commands.hpp"
#include "terminal.hpp"

namespace weft::cli {
namespace {

/// As csv: a column per list, a line per row.
std::string lists_text(const EvaluateResult& r) {
  std::string text;
  for (const auto& [name, list] : r.lists) text += (text.empty() ? "" : ",") + name;
  text += "\n";
  for (std::size_t row = 0; row < r.lists.front().second.size(); ++row) {
    for (std::size_t i = 0; i < r.lists.size(); ++i) {
      text += fmt::format("{}{}", i == 0 ? "" : ",", r.lists[i].second[row]);
    }
    text += "\n";
  }
  return text;
}

std::string evaluation_text(const EvaluateResult& r) {
  if (!r.lists.empty()) return lists_text(r);
  std::string text;
  for (const auto& [name, score] : r.scores) line(text, name.c_str(), fmt::format("{:.6f}", score));
  return text;
}

}  // namespace

void run(const EvaluateCommand& command) {
  if (command.format) {
    const EvaluateFormat format = evaluate_format(command.options);
    return print("Give:\n" + format.input + "\nGet:\n" + format.output);
  }
  const EvaluateResult result = evaluate(command.file, command.options);
  print(command.json ? to_json(result) + "\n" : evaluation_text(result));
}

}  // namespace weft::cli
