#include "engine/run_log.hpp"

#include <cerrno>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace weft::engine {
namespace {

std::string to_line(const Evaluation& e) {
  const nlohmann::ordered_json json{{"run", e.run},        {"epoch", e.epoch}, {"loss", e.loss},
                                    {"train", e.train},    {"valid", e.valid}, {"test", e.test},
                                    {"seconds", e.seconds}};
  return json.dump() + "\n";
}

/// JSON has no NaN: a score of an empty part is null.
double score(const nlohmann::json& json, const char* key) {
  const auto& value = json.at(key);
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

Evaluation from_line(const std::string& line, const std::filesystem::path& path, std::size_t number) {
  try {
    const auto json = nlohmann::json::parse(line);
    return {json.at("run"),       json.at("epoch"),    score(json, "loss"),   score(json, "train"),
            score(json, "valid"), score(json, "test"), score(json, "seconds")};
  } catch (const nlohmann::json::exception&) {
    fail(ErrorCode::kBadData, path.string(), ":", number,
         ": not an evaluation; the run cannot be resumed, start it anew in another folder");
  }
}

}  // namespace

RunLog::RunLog(std::filesystem::path path, std::size_t keep) : path_(std::move(path)) {
  std::uintmax_t bytes = 0;
  std::ifstream in(path_, std::ios::binary);
  std::string line;
  while (kept_.size() < keep && std::getline(in, line)) {
    const Evaluation next = from_line(line, path_, kept_.size() + 1);
    Evaluation last;
    last.run = 0;
    if (!kept_.empty()) last = kept_.back();
    const bool follows =
        next.run == last.run ? next.epoch > last.epoch : next.run == last.run + 1 && next.epoch > 0;
    if (!follows) {
      fail(ErrorCode::kBadData, path_.string(), ":", kept_.size() + 1, ": run ", next.run, ", epoch ",
           next.epoch, " does not follow run ", last.run, ", epoch ", last.epoch,
           "; the run cannot be resumed, start it anew in another folder");
    }
    kept_.push_back(next);
    bytes += line.size() + 1;
  }
  if (kept_.size() < keep) {
    fail(ErrorCode::kBadData, path_.string(), ": has ", kept_.size(), " of the ", keep,
         " lines that the checkpoint stands on; the run cannot be resumed, start it anew in another folder");
  }
  in.close();
  out_.open(path_, std::ios::binary | std::ios::app);
  if (!out_) fail(ErrorCode::kIo, path_.string(), ": cannot be written: ", std::strerror(errno));
  std::filesystem::resize_file(path_, bytes);
}

void RunLog::append(const Evaluation& evaluation) {
  errno = 0;
  out_ << to_line(evaluation) << std::flush;
  if (out_) return;
  const ErrorCode code = errno == ENOSPC ? ErrorCode::kNoSpace : ErrorCode::kIo;
  fail(code, path_.string(), ": cannot be written: ", std::strerror(errno),
       "; free some space, then continue with --resume");
}

}  // namespace weft::engine
