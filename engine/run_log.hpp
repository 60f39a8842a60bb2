#pragma once
// metrics.jsonl: one JSON object per evaluation, each written out at once, so that a killed run loses
// nothing.
#include <filesystem>
#include <fstream>
#include <vector>

#include "engine/logger.hpp"

namespace weft::engine {

class RunLog {
 public:
  /// Opens `path` behind its first `keep` lines and cuts off what follows: a resumed run repeats those
  /// epochs. Errors: kIo; kBadData naming file and line when fewer lines are there, or one that is no
  /// evaluation.
  RunLog(std::filesystem::path path, std::size_t keep);

  /// The evaluations that were kept.
  const std::vector<Evaluation>& kept() const { return kept_; }
  /// Errors: kIo, kNoSpace.
  void append(const Evaluation& evaluation);

 private:
  std::filesystem::path path_;
  std::vector<Evaluation> kept_;
  std::ofstream out_;
};

}  // namespace weft::engine
