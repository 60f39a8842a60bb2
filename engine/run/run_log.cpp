#include "engine/run/run_log.hpp"

#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace weft::engine {
namespace {

using Json = nlohmann::ordered_json;

/// All of a line but `seconds`, which no other run repeats.
Json to_json(const Evaluation& e) {
  return {{"run", e.run},     {"epoch", e.epoch}, {"loss", e.loss},
          {"train", e.train}, {"valid", e.valid}, {"test", e.test}};
}

std::string to_line(const Evaluation& e) {
  Json json = to_json(e);
  json["seconds"] = e.seconds;  // NaN becomes null
  return json.dump() + "\n";
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The seconds of each line that is whole, by the rest of the line.
std::map<std::string, double> seconds_in(const std::string& text) {
  std::map<std::string, double> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("seconds") || !json["seconds"].is_number()) continue;
    const double seconds = json["seconds"];
    json.erase("seconds");
    all[json.dump(-1, ' ', false, Json::error_handler_t::replace)] = seconds;
  }
  return all;
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& path) : file_(path, data::LockedFile::IfLocked::kRefuse) {}

void RunLog::keep(const std::vector<Evaluation>& evaluations) {
  const std::string before = text_of(file_.path());
  const std::map<std::string, double> seconds = seconds_in(before);
  std::string text;
  for (Evaluation e : evaluations) {
    const auto known = seconds.find(to_json(e).dump());
    e.seconds = known != seconds.end() ? known->second : std::numeric_limits<double>::quiet_NaN();
    text += to_line(e);
  }
  if (before.compare(0, text.size(), text) != 0) file_.write_at(0, text.data(), text.size());
  file_.resize(text.size());
}

void RunLog::append(const Evaluation& evaluation) {
  const std::string line = to_line(evaluation);
  file_.write_at(file_.size(), line.data(), line.size());
}

}  // namespace weft::engine
