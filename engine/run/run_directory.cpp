#include "engine/run/run_directory.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "data/base/file.hpp"
#include "engine/config/option_values.hpp"

namespace weft::engine {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMetrics = "metrics.jsonl";
constexpr const char* kLast = "last.safetensors";
constexpr const char* kBest = "best.safetensors";
constexpr const char* kSummary = "summary.json";

/// config.run.out without a slash at its end.
fs::path run_folder(const TrainConfig& config) {
  return config.run.out.has_filename() ? config.run.out : config.run.out.parent_path();
}

void write_text(const fs::path& path, std::string_view text) {
  data::AtomicFile file(path);
  file.append(text.data(), text.size());
  file.commit();
}

[[noreturn]] void refuse_existing(const fs::path& path) {
  std::error_code ignored;
  const bool is_run = fs::exists(config_path(path), ignored);
  fail(ErrorCode::kExists, path.string(), ": is there already",
       is_run ? "; give another --out, or --resume to continue it"
              : " and is no run (it has no config.toml); give another --out");
}

/// Whether a folder holds nothing, or nothing but what a training leaves that was killed before config.toml.
bool is_unbegun(const fs::path& folder) {
  std::error_code failed;
  for (fs::directory_iterator file(folder, failed), end; !failed && file != end; file.increment(failed)) {
    const bool empty_log = file->path().filename() == kMetrics && file->file_size(failed) == 0;
    if (!empty_log && file->path() != data::beside(config_path(folder), ".partial")) return false;
  }
  return !failed;
}

void check_new(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(path, ignored)) && !is_unbegun(path)) refuse_existing(path);
}

/// Whether a summary's text has the same results as `ours`; times and the machine are its own.
bool has_results(const nlohmann::json& text, const nlohmann::json& ours) {
  constexpr const char* kResults[] = {"dataset", "split",     "metric",    "features",   "comparable",
                                      "select",  "precision", "math",      "parameters", "runs",
                                      "mean",    "std",       "final_loss"};
  if (!text.is_object()) return false;
  for (const auto& [key, value] : ours.items()) {
    if (!text.contains(key)) return false;
  }
  return std::all_of(std::begin(kResults), std::end(kResults),
                     [&](const char* key) { return text.at(key) == ours.at(key); });
}

/// A resumed run must go on as it began, or its bits would be neither the one's nor the other's.
void check_same(const TrainConfig& config) {
  const fs::path file = config_path(config.run.out);
  if (!fs::exists(file)) {
    std::error_code ignored;
    const bool free = !fs::exists(config.run.out, ignored) || is_unbegun(config.run.out);
    fail(ErrorCode::kNotFound, config.run.out.string(), ": holds no run to resume",
         free ? "; leave --resume out to start one" : " (it has no config.toml); give another --out");
  }
  ConfigSources sources;
  sources.file = file;
  const TrainConfig began = make_config(sources);
  for (const Option& option : options()) {
    if (option.scope != Scope::kResult) continue;
    const std::string before = value_text(began, option);
    const std::string now = value_text(config, option);
    if (before == now) continue;
    fail(ErrorCode::kInvalidArgument, file.string(), ": the run began with ", option.key, " = ", before,
         ", not ", now, "; resume it without other options");
  }
}

/// What would be refused of a folder that no other process changes meanwhile.
void check_folder(const TrainConfig& config) {
  if (config.run.resume) return check_same(config);
  check_new(run_folder(config));
}

/// Holds the lock of a run for as long as it lives.
std::unique_ptr<RunLog> lock(const fs::path& run) {
  try {
    return std::make_unique<RunLog>(run / kMetrics);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kExists) throw;
    fail(ErrorCode::kExists, run.string(),
         ": another process is training there; wait until it has ended, or give another --out");
  }
}

}  // namespace

fs::path config_path(const fs::path& run_directory) { return run_directory / "config.toml"; }

void check_run_directory(const TrainConfig& config) {
  if (config.run.out.empty()) return;
  check_folder(config);
  if (config.run.resume) lock(run_folder(config));
}

RunDirectory::RunDirectory(const TrainConfig& config, const std::function<void(const Checkpoint&)>& check,
                           std::uint64_t checkpoint_bytes)
    : path_(run_folder(config)) {
  if (path_.empty()) return;
  check_folder(config);
  check_space(checkpoint_bytes);
  if (!config.run.resume) data::make_folder(path_);
  log_ = lock(path_);
  check_folder(config);  // another process may have trained here before the lock was ours
  if (config.run.resume) {
    resume(check, config.run.select != "last");
  } else {
    write_text(config_path(path_), to_toml(config));
  }
}

/// Room for both checkpoints, and for one more while it replaces another.
void RunDirectory::check_space(std::uint64_t checkpoint_bytes) const {
  std::uint64_t files = 1;
  for (const char* name : {kLast, kBest}) files += fs::exists(path_ / name) ? 0 : 1;
  data::check_free_space(path_ / kLast, files * checkpoint_bytes, "give an --out with more");
}

void RunDirectory::resume(const std::function<void(const Checkpoint&)>& check, bool keeps_best) {
  if (fs::exists(path_ / kLast)) resumed_ = load_checkpoint(path_ / kLast);
  if (resumed_ && check) check(*resumed_);
  if (resumed_ && keeps_best && !resumed_->evaluations.empty()) {
    if (!fs::exists(path_ / kBest)) {
      fail(ErrorCode::kNotFound, (path_ / kBest).string(), ": is missing; put it back, or delete ", kLast,
           " too, to train again from the start");
    }
    load_checkpoint(path_ / kBest);  // a damaged one would stay
  }
  log_->keep(resumed_ ? resumed_->evaluations : std::vector<Evaluation>{});
}

void RunDirectory::append(const Evaluation& evaluation) {
  if (log_) log_->append(evaluation);
}

void RunDirectory::save_last(const Checkpoint& checkpoint) {
  if (!log_) return;
  log_->sync();
  save_checkpoint(path_ / kLast, checkpoint);
}

void RunDirectory::save_best(const Checkpoint& checkpoint) const {
  if (log_) save_checkpoint(path_ / kBest, checkpoint);
}

bool RunDirectory::has_summary(const TrainResult& summary) const {
  if (!log_) return false;
  std::ifstream text(path_ / kSummary, std::ios::binary);
  return has_results(nlohmann::json::parse(text, nullptr, false), nlohmann::json::parse(to_json(summary)));
}

void RunDirectory::write_summary(const TrainResult& summary) const {
  if (log_) write_text(path_ / kSummary, to_json(summary) + "\n");
}

}  // namespace weft::engine
