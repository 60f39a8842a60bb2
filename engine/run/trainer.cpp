#include "engine/run/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "engine/input/fingerprint.hpp"
#include "engine/input/open_dataset.hpp"
#include "engine/interrupt.hpp"
#include "engine/report/logger.hpp"
#include "engine/report/machine.hpp"
#include "engine/run/model_state.hpp"
#include "engine/run/run_directory.hpp"
#include "engine/run/session.hpp"
#include "kernels/cpu_backend.hpp"

namespace weft::engine {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// `note` becomes what is to be said of the choice, once the data has proved good.
std::unique_ptr<Backend> backend_for(const TrainConfig& config, int threads,
                                     const TrainEnvironment& environment, std::string& note) {
  auto backend =
      environment.make_backend(backend_request(config.compute.device, threads, config.compute.math),
                               [&](const std::string& line) { note = line; });
  require_arithmetic(*backend, config.compute);
  return backend;
}

/// The first lines in which two texts of as many lines differ.
std::pair<std::string, std::string> first_difference(const std::string& one, const std::string& other) {
  std::istringstream ones(one), others(other);
  std::pair<std::string, std::string> lines;
  while (std::getline(ones, lines.first) && std::getline(others, lines.second) &&
         lines.first == lines.second) {
  }
  return lines;
}

class Trainer {
 public:
  Trainer(const TrainConfig& config, const TrainEnvironment& environment)
      : config_(config),
        environment_(environment),
        threads_(thread_count(config.compute.threads)),
        backend_(backend_for(config, threads_, environment, device_note_)),
        ahead_(environment.ahead.value_or(backend_->asynchronous() ? 1 : 0)),
        dataset_(open_dataset(config.dataset, config.features, threads_, environment)),
        session_(dataset_, config, trainable_shape(dataset_, config.features), *backend_,
                 {Use::kTrain, threads_, ahead_, keeps_files()}),
        fingerprint_(keeps_files() ? fingerprint(dataset_, config.split, config.features)
                                   : std::map<std::string, std::string>{}),
        log_({config.run.select == "last", metric_named(dataset_.facts.metric)}) {
    session_.allocate();
    // Made last, so that a run that cannot start leaves no folder behind.
    directory_.emplace(
        config_, [this](const Checkpoint& saved) { check_resumable(saved); },
        checkpoint_bytes(session_.parameters()));
  }

  Summary run() {
    announce();
    const int first = go_on();
    for (int run = first; run < config_.run.runs; ++run) {
      if (run != first || !directory_->resumed()) start(run);
      train(run);
      result(log_.run_block(run));
    }
    return finish();
  }

 private:
  void result(const std::string& line) const {
    if (environment_.events.result) environment_.events.result(line);
  }

  void note(const std::string& line) const {
    if (environment_.events.note) environment_.events.note(line);
  }

  void announce() const {
    if (!device_note_.empty()) note(device_note_);
    note(fmt::format("{} on {}; precision {}, math {}; about {:.0f} MB", dataset_.facts.name,
                     backend_->description(), config_.compute.precision, config_.compute.math,
                     static_cast<double>(session_.estimated_bytes()) / 1e6));
    for (const data::Part part : data::kParts) {
      if (session_.labelled()[static_cast<std::size_t>(part)] > 0) continue;
      note(fmt::format("{}: split {} has no labelled node in its part {}, whose scores are nan",
                       dataset_.facts.name, split(), data::part_name(part)));
    }
    for (const std::string& line : session_.notes()) note(line);
    mark_made_up();
  }

  std::string split() const { return config_.split.empty() ? dataset_.facts.default_split : config_.split; }

  void mark_made_up() const {
    if (config_.features.source != "file") result(made_up_note(config_.features));
  }

  // ---- where a run stands

  std::uint64_t seed_of(int run) const { return config_.run.seed + static_cast<std::uint64_t>(run); }

  void start(int run) {
    session_.begin_run(seed_of(run));
    epoch_ = 0;
    good_ = nullptr;
    if (keeps_files()) candidate_ = session_.keep_state();
  }

  /// The run to go on with: from the directory's last state, or the first.
  int go_on() {
    const std::optional<Checkpoint>& saved = directory_->resumed();
    if (!saved) return 0;
    for (const Evaluation& evaluation : saved->evaluations) {
      log_.add(evaluation);
      result(evaluation_line(evaluation, log_.metric()));
    }
    const int run = static_cast<int>(saved->run) - 1;
    session_.continue_run(saved->seed, saved->step);
    restore(*saved, session_.parameters(), session_.stream());
    candidate_ = session_.keep_state();
    epoch_ = static_cast<int>(saved->epoch);
    saved_ = true;
    return run;
  }

  /// A state that this run cannot have left must not be gone on with.
  void check_resumable(const Checkpoint& saved) const {
    const std::string& file = saved.file;
    if (!saved.has_checksum) {
      fail(
          ErrorCode::kUnsupported, file,
          ": was left by an older weft, whose runs this one cannot go on with; start anew in another folder");
    }
    if (saved.dataset != dataset_.facts.name) {
      fail(ErrorCode::kInvalidArgument, file, ": holds a run on ", saved.dataset, ", not on ",
           dataset_.facts.name, "; give another --out");
    }
    if (saved.node_order != dataset_.facts.node_order) {
      fail(ErrorCode::kInvalidArgument, file, ": was trained on nodes in order ", saved.node_order,
           ", which are now in order ", dataset_.facts.node_order,
           "; convert, or make the graph, again with --reorder ", saved.node_order,
           ", or give another --out");
    }
    check_options(saved);
    for (const auto& [part, sum] : fingerprint_) {
      if (const auto began = saved.data.find(part); began != saved.data.end() && began->second == sum)
        continue;
      fail(ErrorCode::kInvalidArgument, file, ": the ", part, " of ", dataset_.facts.name,
           " changed since the run began; train on the dataset as it was, or give another --out");
    }
    const bool possible = saved.run >= 1 && saved.run <= config_.run.runs && saved.epoch >= 0 &&
                          saved.epoch <= config_.run.epochs && saved.step == saved.epoch &&
                          saved.seed == seed_of(static_cast<int>(saved.run) - 1) && no_later(saved);
    const ModelShape& shape = session_.shape();
    if (!possible || saved.features != shape.channels || saved.classes != shape.classes) {
      fail(ErrorCode::kBadData, file, ": is no state of this run (run ", saved.run, ", epoch ", saved.epoch,
           ", step ", saved.step, ", ", saved.features, " features, ", saved.classes,
           " classes); start anew in another folder");
    }
  }

  void check_options(const Checkpoint& saved) const {
    const std::string now = to_toml(config_, Scope::kResult);
    if (saved.config == now) return;
    const auto [before, after] = first_difference(saved.config, now);
    fail(ErrorCode::kBadData, saved.file, ": the run began with ", before, " where ",
         config_path(config_.run.out).string(), " has ", after, "; mend that file, or give another --out");
  }

  /// Whether the evaluations that a state stands on are no later than the state.
  static bool no_later(const Checkpoint& saved) {
    if (saved.evaluations.empty()) return true;
    const Evaluation& last = saved.evaluations.back();
    return last.run < saved.run || (last.run == saved.run && last.epoch <= saved.epoch);
  }

  bool finished(int run) const {
    if (epoch_ >= config_.run.epochs) return true;
    if (config_.run.patience == 0 || run >= log_.runs()) return false;  // not evaluated yet
    return epoch_ - log_.result(run).best_epoch >= config_.run.patience;
  }

  // ---- one run

  void train(int run) {
    last_evaluation_ = Clock::now();
    while (!finished(run)) {
      work_ahead();
      const Epoch epoch = session_.collect();
      train_seconds_.push_back(epoch.seconds_train);
      ++epoch_;
      if (!std::isfinite(epoch.loss)) stop_on_loss(run, epoch.loss);
      remember(epoch);
      if (epoch.correct) note_evaluation(run, epoch);
      show_progress(run, epoch.loss);
      const bool stop = stop_requested();
      if (stop || !saved_ || epoch_ % config_.run.checkpoint_every == 0 || finished(run)) save(run);
      if (stop) interrupt(run);
    }
    session_.discard();  // what was begun before this epoch's score ended the run
    if (epoch_ < config_.run.epochs) {
      note(fmt::format(
          "run {} ended after epoch {}: patience {} found no better validation score since epoch {}", run + 1,
          epoch_, config_.run.patience, log_.result(run).best_epoch));
    }
  }

  /// Queues epochs until the one after epoch_ and `ahead_` more are in flight, or the run has no more.
  void work_ahead() {
    for (int next = epoch_ + session_.in_flight() + 1;
         next <= std::min(config_.run.epochs, epoch_ + 1 + ahead_); ++next) {
      session_.submit(next % config_.run.eval_every == 0 || next == config_.run.epochs);
    }
  }

  void note_evaluation(int run, const Epoch& epoch) {
    const Scores scores = session_.scores(*epoch.correct);
    evaluate_seconds_.push_back(epoch.seconds_evaluate);
    const Evaluation evaluation{
        run + 1, epoch_, epoch.loss, scores[0], scores[1], scores[2], seconds_since(last_evaluation_)};
    last_evaluation_ = Clock::now();
    const bool best = log_.add(evaluation);
    directory_->append(evaluation);
    result(evaluation_line(evaluation, log_.metric()));
    if (best && keeps_files()) {
      best_ = candidate_;
      best_at_ = {run, epoch_};
    }
  }

  void show_progress(int run, double loss) const {
    if (!environment_.events.progress) return;
    const double done = run + static_cast<double>(epoch_) / config_.run.epochs;
    environment_.events.progress({"training", done / config_.run.runs,
                                  fmt::format("run {}/{}, epoch {}/{}, loss {:.4f}", run + 1,
                                              config_.run.runs, epoch_, config_.run.epochs, loss)});
  }

  // ---- states worth keeping

  struct Place {
    int run = 0;
    int epoch = 0;
  };

  bool keeps_files() const { return !config_.run.out.empty(); }

  /// Called for each epoch whose loss was finite. The parameters before its step have then proved good; those
  /// after it prove themselves in the next one.
  void remember(const Epoch& epoch) {
    if (!keeps_files()) return;
    good_ = std::exchange(candidate_, epoch.state);
    good_epoch_ = epoch_ - 1;
  }

  Checkpoint checkpoint(const Snapshot& state, const Place& place) {
    Checkpoint c;
    c.config = to_toml(config_, Scope::kResult);
    c.dataset = dataset_.facts.name;
    c.node_order = dataset_.facts.node_order;
    c.log1p = session_.takes_log1p();
    c.features = session_.shape().channels;
    c.classes = session_.shape().classes;
    c.run = place.run + 1;
    c.epoch = place.epoch;
    c.seed = seed_of(place.run);
    c.data = fingerprint_;
    to_checkpoint(session_.parameters(), state, session_.stream(), c);
    return c;
  }

  /// The best model is on the disk before the state that tells of its score.
  void save_last(const Snapshot& state, const Place& place) {
    Checkpoint last = checkpoint(state, place);
    last.evaluations = log_.up_to(place.run, place.epoch);
    directory_->save_last(last);
    saved_ = true;
  }

  void save(int run) {
    if (!keeps_files()) return;
    if (best_ != nullptr) {
      directory_->save_best(checkpoint(*best_, best_at_));
      best_ = nullptr;
    }
    save_last(*candidate_, {run, epoch_});
  }

  [[noreturn]] void stop_on_loss(int run, double loss) {
    std::string kept;
    session_.discard();
    if (good_ != nullptr) {
      if (best_ != nullptr && best_at_.epoch <= good_epoch_) {
        directory_->save_best(checkpoint(*best_, best_at_));
      }
      save_last(*good_, {run, good_epoch_});
      kept = fmt::format("; {} keeps the state of epoch {}", (config_.run.out / "last.safetensors").string(),
                         good_epoch_);
    }
    fail(ErrorCode::kNumeric, "run ", run + 1, ", epoch ", epoch_, ": the loss is ",
         std::isnan(loss) ? "not a number" : "infinite",
         "; lower --lr, or look for extreme values among the features", kept);
  }

  [[noreturn]] void interrupt(int run) const {
    const std::string next = keeps_files() ? "; go on with --out " + config_.run.out.string() + " --resume"
                                           : "; nothing was kept, because --out names no folder";
    fail(ErrorCode::kInterrupted, "stopped after run ", run + 1, ", epoch ", epoch_, next);
  }

  // ---- the end

  Summary finish() {
    Summary s;
    s.dataset = dataset_.facts.name;
    s.split = split();
    s.metric = log_.metric().name;
    s.recipe = config_.recipe;
    s.features = config_.features.source;
    s.select = config_.run.select;
    s.log1p = session_.takes_log1p();
    s.edge_weights = session_.uses_edge_weights();
    s.device = backend_->name();
    s.threads = threads_;
    s.precision = config_.compute.precision;
    s.math = config_.compute.math;
    s.parameters = session_.parameters().count();
    for (int run = 0; run < config_.run.runs; ++run) {
      s.runs.push_back(log_.result(run));
      s.runs.back().seed = seed_of(run);
    }
    summarize(s);
    s.seconds_train = median(train_seconds_);
    s.seconds_evaluate = median(evaluate_seconds_);
    s.steps = session_.times();
    s.peak_bytes = peak_resident_bytes();
    s.device_peak_bytes = backend_->peak_memory();
    s.final_loss = log_.evaluations(config_.run.runs - 1).back().loss;
    s.machine = describe_machine();
    s.command_line = environment_.command_line;
    // A finished run that is resumed trains nothing; its summary already has the times.
    if (!train_seconds_.empty() || !directory_->has_summary(s)) directory_->write_summary(s);
    result(all_runs_block(s, log_.metric()));
    mark_made_up();
    if (!train_seconds_.empty()) result(costs(s));
    return s;
  }

  std::string costs(const Summary& s) const {
    std::string line =
        fmt::format("Seconds per epoch: train {:.4g}, evaluate {:.4g} (medians); peak memory {:.0f} MB",
                    s.seconds_train, s.seconds_evaluate, static_cast<double>(s.peak_bytes) / 1e6);
    if (!backend_->reads_host_memory()) {
      line += fmt::format(", on the device {:.0f} MB", static_cast<double>(s.device_peak_bytes) / 1e6);
    }
    return line;
  }

  const TrainConfig config_;
  const TrainEnvironment& environment_;
  const int threads_;
  std::string device_note_;
  std::unique_ptr<Backend> backend_;
  const int ahead_;
  data::Dataset dataset_;
  Session session_;
  const std::map<std::string, std::string> fingerprint_;
  std::optional<RunDirectory> directory_;

  Logger log_;
  int epoch_ = 0;       // of the current run, done
  bool saved_ = false;  // whether last.safetensors is there
  SnapshotPtr candidate_, good_, best_;
  int good_epoch_ = 0;
  Place best_at_;
  Clock::time_point last_evaluation_;
  std::vector<double> train_seconds_, evaluate_seconds_;
};

}  // namespace

Summary train(const TrainConfig& config, const TrainEnvironment& environment) {
  check_run_directory(config);
  return Trainer(config, environment).run();
}

std::uint64_t training_bytes(const TrainConfig& config, const data::Dataset& dataset) {
  const int threads = thread_count(config.compute.threads);
  const auto backend = make_cpu_backend({threads, Isa::kAuto});
  return Session(dataset, config, trainable_shape(dataset, config.features), *backend, {Use::kTrain, threads})
      .estimated_bytes();
}

}  // namespace weft::engine
