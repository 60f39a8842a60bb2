#pragma once
// metrics.jsonl: one JSON object per evaluation, each written out at once, for whoever watches a run. A run
// is continued from its checkpoint, which holds the evaluations too: this file is made to agree with it.
#include <filesystem>
#include <vector>

#include "data/base/file.hpp"
#include "engine/report/logger.hpp"

namespace weft::engine {

class RunLog {
 public:
  /// Opens `path`, or creates it, and keeps other processes from it for as long as this object lives.
  /// Errors: kExists when another process has it; kIo.
  explicit RunLog(const std::filesystem::path& path);

  /// Makes the file hold these evaluations alone. Lines that it has of them stay as they are; one that it
  /// lost comes back with `seconds` null. Errors: kIo, kNoSpace.
  void keep(const std::vector<Evaluation>& evaluations);
  /// Errors: kIo, kNoSpace.
  void append(const Evaluation& evaluation);
  /// Returns once the disk holds every line.
  void sync() { file_.sync(); }

 private:
  data::LockedFile file_;
};

}  // namespace weft::engine
