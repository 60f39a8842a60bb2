#include "engine/run_directory.hpp"

#include <string>
#include <string_view>

#include "data/file.hpp"

namespace weft::engine {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMetrics = "metrics.jsonl";
constexpr const char* kLast = "last.safetensors";
constexpr const char* kBest = "best.safetensors";
constexpr const char* kSummary = "summary.json";

void write_text(const fs::path& path, std::string_view text) {
  data::AtomicFile file(path);
  file.append(text.data(), text.size());
  file.commit();
}

[[noreturn]] void refuse_existing(const fs::path& path) {
  fail(ErrorCode::kExists, path.string(),
       ": is there already; give another --out, or --resume to continue it");
}

void make_folder(const fs::path& path) {
  std::error_code failed;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  if (!failed && fs::create_directory(path, failed)) return;
  if (failed) fail(ErrorCode::kIo, path.string(), ": cannot be made: ", failed.message());
  refuse_existing(path);
}

/// A resumed run must go on as it began, or its bits would be neither the one's nor the other's.
void check_same(const TrainConfig& config) {
  const fs::path file = config_path(config.out);
  if (!fs::exists(file)) {
    fail(ErrorCode::kNotFound, config.out.string(),
         ": holds no run to resume; leave --resume out to start one");
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

}  // namespace

fs::path config_path(const fs::path& run_directory) { return run_directory / "config.toml"; }

void check_run_directory(const TrainConfig& config) {
  if (config.out.empty()) return;
  if (config.resume) return check_same(config);
  std::error_code ignored;
  if (fs::exists(config.out, ignored)) refuse_existing(config.out);
}

RunDirectory::RunDirectory(const TrainConfig& config, const std::function<void(const Checkpoint&)>& check)
    : path_(config.out.has_filename() ? config.out : config.out.parent_path()) {
  if (path_.empty()) return;
  check_run_directory(config);
  if (config.resume) {
    if (fs::exists(path_ / kLast)) resumed_ = load_checkpoint(path_ / kLast);
    if (resumed_ && check) check(*resumed_);
  } else {
    make_folder(path_);
    write_text(config_path(path_), to_toml(config));
  }
  log_.emplace(path_ / kMetrics, resumed_ ? static_cast<std::size_t>(resumed_->evaluations) : 0);
}

const std::vector<Evaluation>& RunDirectory::evaluations() const {
  static const std::vector<Evaluation> none;
  return log_ ? log_->kept() : none;
}

void RunDirectory::append(const Evaluation& evaluation) {
  if (log_) log_->append(evaluation);
}

void RunDirectory::save_last(const Checkpoint& checkpoint) const {
  if (log_) save_checkpoint(path_ / kLast, checkpoint);
}

void RunDirectory::save_best(const Checkpoint& checkpoint) const {
  if (log_) save_checkpoint(path_ / kBest, checkpoint);
}

bool RunDirectory::has_summary() const { return log_ && fs::exists(path_ / kSummary); }

void RunDirectory::write_summary(const TrainResult& summary) const {
  if (log_) write_text(path_ / kSummary, to_json(summary) + "\n");
}

}  // namespace weft::engine
