#pragma once
// What a training run leaves behind:
//   config.toml        every option
//   metrics.jsonl      one object per evaluation; locked by the process that trains
//   last.safetensors   the state to continue from: it needs no other file, and is written after those it tells of
//   best.safetensors   the model of the best validation score over all runs
//   summary.json       scores, times and where they came from, once all runs are done
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "engine/config/config.hpp"
#include "engine/report/logger.hpp"
#include "engine/run/checkpoint.hpp"
#include "engine/run/run_log.hpp"

namespace weft::engine {

/// What RunDirectory would refuse, before anything costly is done and without making a folder.
void check_run_directory(const TrainConfig& config);

class RunDirectory {
 public:
  /// Makes config.run.out, or goes on in it when config.run.resume is set, and keeps other processes from it
  /// for as long as this object lives. A folder that holds nothing but what a training leaves that was killed
  /// before it began is as good as none. With an empty config.run.out everything below does nothing. `check`
  /// may refuse the state to continue from; nothing is changed before. Errors: kExists (out is there already,
  /// or another process trains there); kNotFound (nothing to resume, or the best model so far is missing);
  /// kInvalidArgument naming the first option that differs from the one the run began with; kNoSpace (also
  /// where checkpoints of `checkpoint_bytes` do not fit); kBadData, kIo.
  explicit RunDirectory(const TrainConfig& config,
                        const std::function<void(const Checkpoint& resumed)>& check = {},
                        std::uint64_t checkpoint_bytes = 0);

  /// The state to continue from, if the run got as far as saving one.
  const std::optional<Checkpoint>& resumed() const { return resumed_; }
  void append(const Evaluation& evaluation);
  void save_last(const Checkpoint& checkpoint);
  void save_best(const Checkpoint& checkpoint) const;
  /// Whether there is a summary whose results are those of `summary`.
  bool has_summary(const TrainResult& summary) const;
  void write_summary(const TrainResult& summary) const;

 private:
  void check_space(std::uint64_t checkpoint_bytes) const;
  void resume(const std::function<void(const Checkpoint& resumed)>& check, bool keeps_best);

  std::filesystem::path path_;
  std::optional<Checkpoint> resumed_;
  std::unique_ptr<RunLog> log_;
};

/// The config.toml of a run directory, for continuing it without repeating its options.
std::filesystem::path config_path(const std::filesystem::path& run_directory);

}  // namespace weft::engine
