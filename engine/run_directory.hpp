#pragma once
// What a training run leaves behind:
//   config.toml        every option
//   metrics.jsonl      one object per evaluation
//   last.safetensors   the state to continue from
//   best.safetensors   the model of the best validation score over all runs
//   summary.json       scores, times and where they came from, once all runs are done
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "engine/checkpoint.hpp"
#include "engine/config.hpp"
#include "engine/logger.hpp"
#include "engine/run_log.hpp"

namespace weft::engine {

/// What RunDirectory would refuse, before anything costly is done and without making anything.
void check_run_directory(const TrainConfig& config);

class RunDirectory {
 public:
  /// Makes config.out, or goes on in it when config.resume is set. With an empty config.out everything below
  /// does nothing. `check` may refuse the state to continue from; nothing is changed before.
  /// Errors: kExists (out is there already); kNotFound (nothing to resume); kInvalidArgument naming the first
  /// option that differs from the one the run began with; kBadData, kIo, kNoSpace.
  explicit RunDirectory(const TrainConfig& config,
                        const std::function<void(const Checkpoint& resumed)>& check = {});

  /// The state to continue from, if the run got as far as saving one.
  const std::optional<Checkpoint>& resumed() const { return resumed_; }
  /// The evaluations that state stands on, in order.
  const std::vector<Evaluation>& evaluations() const;

  void append(const Evaluation& evaluation);
  void save_last(const Checkpoint& checkpoint) const;
  void save_best(const Checkpoint& checkpoint) const;
  bool has_summary() const;
  void write_summary(const TrainResult& summary) const;

 private:
  std::filesystem::path path_;
  std::optional<Checkpoint> resumed_;
  std::optional<RunLog> log_;
};

/// The config.toml of a run directory, for continuing it without repeating its options.
std::filesystem::path config_path(const std::filesystem::path& run_directory);

}  // namespace weft::engine
