// weft-bench epoch: seconds of a training epoch and of an evaluation, on the device's own clock, as weft
// train runs them; then the same epoch op by op, beside what the machine could do at most.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>

#include "bench/commands/commands.hpp"
#include "bench/support/epoch_profile.hpp"
#include "bench/support/rows.hpp"
#include "engine/devices.hpp"
#include "engine/input/open_dataset.hpp"
#include "engine/report/machine.hpp"
#include "engine/run/session.hpp"
#include "engine/run/trainer.hpp"

namespace weft::bench {
namespace {

struct Options {
  std::string dataset, root;
  std::string recipe = "dgl-gcn";
  std::string features = "file";
  DeviceOptions device;
  std::string precision = "fp32";
  std::string math = "fp32";
  std::optional<int> hidden;  // else the recipe's
  int epochs = 30;
  int steps = 5;
  bool json = false;
};

/// Epochs before those that are timed: a program's first run and, where it is recorded, that and its first
/// replay.
int warm_up(const Backend& backend) { return backend.asynchronous() ? 3 : 1; }

engine::TrainConfig make_config(const Options& options) {
  engine::ConfigSources sources;
  sources.recipe = options.recipe;
  sources.settings = {{"features", options.features},
                      {"device", options.device.device},
                      {"threads", std::to_string(options.device.threads)},
                      {"precision", options.precision},
                      {"math", options.math}};
  if (options.hidden) sources.settings.emplace_back("hidden", std::to_string(*options.hidden));
  engine::TrainConfig config = engine::make_config(sources);
  config.dataset = options.dataset;
  return config;
}

struct Times {
  Samples train, evaluate;
};

/// Epochs with an evaluation behind each, one queued ahead, as the trainer does.
Times time_epochs(engine::Session& session, int warm_up, int epochs) {
  Times times;
  session.begin_run(0);
  const int all = warm_up + epochs;
  for (int queued = 0, done = 0; done < all; ++done) {
    for (; queued < all && queued <= done + 1; ++queued) session.submit(true);
    const engine::Epoch epoch = session.collect();
    if (done < warm_up) continue;
    times.train.seconds.push_back(epoch.seconds_train);
    times.evaluate.seconds.push_back(epoch.seconds_evaluate);
  }
  return times;
}

/// What a session needs, and takes from it.
struct Job {
  engine::TrainConfig config;
  data::Dataset dataset;
  int threads;

  std::unique_ptr<engine::Session> session(Backend& backend) const {
    auto made = std::make_unique<engine::Session>(
        dataset, config, engine::trainable_shape(dataset, config.features), backend,
        engine::SessionOptions{engine::Use::kTrain, threads, 1, false});
    made->allocate();
    made->begin_run(0);
    return made;
  }
  std::vector<std::int64_t> widths() const {
    const engine::ModelShape shape = engine::trainable_shape(dataset, config.features);
    std::vector<std::int64_t> widths(static_cast<std::size_t>(config.model.layers + 1), config.model.hidden);
    widths.front() = shape.channels;
    widths.back() = shape.classes;
    return widths;
  }
};

Json to_json(const ProfiledOp& op) {
  Json row = to_json(op.row);
  row["op"] = op.op;
  row["training"] = op.training;
  return row;
}

Json to_json(const Work& work, const Peaks& peaks, double epoch_seconds) {
  Json json{{"dense_flops", work.flops}, {"gathered_bytes", work.gathered_bytes}};
  if (peaks.flops == 0.0) return json;  // not measured on this device
  json["floor_seconds"] = work.floor_seconds(peaks);
  json["epoch_over_floor"] = epoch_seconds / work.floor_seconds(peaks);
  return json;
}

/// Whole epochs, as they come. The peak of resident memory begins anew: the machine's own peaks took some.
Json measure_epochs(const Job& job, Backend& backend, int epochs) {
  std::ofstream("/proc/self/clear_refs") << "5";
  const auto session = job.session(backend);
  const Times times = time_epochs(*session, warm_up(backend), epochs);
  return {{"train", to_json(times.train)},
          {"evaluate", to_json(times.evaluate)},
          {"estimated_bytes", session->estimated_bytes()},
          {"device_peak_bytes", backend.peak_memory()},
          {"host_peak_bytes", engine::peak_resident_bytes()}};
}

/// Rows of the training step summed up: dense products, sparse ones, everything else.
Json totals(const Json& rows) {
  Json totals = Json::object();
  for (const Json& row : rows) {
    if (!row["training"].get<bool>()) continue;
    const std::string op = row["op"];
    Json& total = totals[op.starts_with("gemm") ? "dense products"
                         : op == "spmm"         ? "sparse products"
                                                : "the rest"];
    if (total.is_null()) total = Json::object();
    for (const char* key : {"bytes", "flops", "median_seconds", "floor_seconds"}) {
      total[key] = total.value(key, 0.0) + row.value(key, 0.0);  // no floor where peaks are not known
    }
  }
  return totals;
}

Json measure(const Options& options) {
  const engine::TrainConfig config = make_config(options);
  const Device device = open_device(options.device, engine::backend_request("", 1, config.compute.math).math);
  engine::require_arithmetic(*device.backend, config.compute);
  engine::TrainEnvironment environment;
  environment.root = options.root;
  const Job job{config, engine::open_dataset(options.dataset, config.features, device.threads, environment),
                device.threads};

  Json json = provenance(device.backend->description());
  json["dataset"] = job.dataset.facts.name;
  json["recipe"] = options.recipe;
  json["features"] = options.features;
  json["hidden"] = config.model.hidden;
  json["threads"] = device.threads;
  json["nodes"] = job.dataset.nodes().rows;
  json["entries"] = job.dataset.edges().csr.num_edges;
  json["precision"] = options.precision;
  json["math"] = options.math;
  Json epochs;
  Work schedule, model;
  PeakPair peaks;
  json = between_peaks(
      device, std::move(json),
      [&] {
        epochs = measure_epochs(job, *device.backend, options.epochs);
        Json rows = Json::array();
        if (options.steps == 0) return rows;
        ::setenv("WEFT_SYNC", "1", 1);  // what the next session waits for step by step has the steps' names
        TimedBackend timed(device.backend);
        const auto session = job.session(timed);
        const EpochProfile profile(*session, timed, options.steps);
        for (const ProfiledOp& op : profile.ops()) rows.push_back(to_json(op));
        epochs["forward_seconds"] = profile.forward_seconds();
        schedule = profile.training_work();
        if (config.model.kind == "gcn")
          model = gcn_work(job.dataset.nodes().rows, profile.edges(), job.widths());
        return rows;
      },
      &peaks);
  json.update(epochs);
  json["totals"] = totals(json["rows"]);
  const double seconds = epochs["train"]["median_seconds"].get<double>();
  if (model.flops > 0.0) json["model"] = to_json(model, peaks.mean(), seconds);
  if (schedule.flops > 0.0) json["schedule"] = to_json(schedule, peaks.mean(), seconds);
  return json;
}

void show_totals(const Json& totals) {
  double all = 0.0;
  for (const Json& total : totals) all += total["median_seconds"].get<double>();
  for (const auto& [what, total] : totals.items()) {
    const double seconds = total["median_seconds"], floor = total["floor_seconds"];
    fmt::print("{:16}{:10.2f} ms, {:2.0f} % of the step; {:8.1f} MB, {:8.1f} MFLOP", what, seconds * 1e3,
               seconds / all * 100.0, total["bytes"].get<double>() / 1e6, total["flops"].get<double>() / 1e6);
    if (floor > 0.0) fmt::print(", {:.0f} % of floor", floor / seconds * 100.0);
    fmt::print("\n");
  }
}

void show_floor(const Json& json, const char* what, const char* words) {
  if (!json.contains(what)) return;
  const Json& work = json[what];
  const auto number = [&](const char* key) { return work.at(key).get<double>(); };
  fmt::print("{}: {:.1f} GFLOP in dense products, {:.2f} GB gathered", words, number("dense_flops") / 1e9,
             number("gathered_bytes") / 1e9);
  if (work.contains("floor_seconds")) {
    fmt::print("; floor {:.4f} s, an epoch is {:.2f} x floor", number("floor_seconds"),
               number("epoch_over_floor"));
  }
  fmt::print("\n");
}

void show(const Json& json) {
  const auto text = [&](const char* key) { return json.at(key).get<std::string>(); };
  if (!json["rows"].empty()) {
    show_rows(json);
    show_totals(json["totals"]);
  } else {
    fmt::print("{}\n", text("device"));
    show_peaks(json);
  }
  fmt::print("{}, {}, features {}, {} hidden channels, {}, products in {}\n", text("dataset"), text("recipe"),
             text("features"), json["hidden"].get<int>(), text("precision"), text("math"));
  fmt::print("{:10}{:>12}{:>12}{:>12}{:>12}\n", "", "median ms", "min ms", "10 % ms", "90 % ms");
  for (const char* part : {"train", "evaluate"}) {
    fmt::print("{:10}", part);
    for (const char* key : {"median_seconds", "minimum_seconds", "p10_seconds", "p90_seconds"}) {
      fmt::print("{:12.4f}", json[part][key].get<double>() * 1e3);
    }
    fmt::print("\n");
  }
  show_floor(json, "model", "every row of every layer");
  show_floor(json, "schedule", "as it is scheduled");
  if (json.contains("forward_seconds")) {
    const double forward = json["forward_seconds"].get<double>();
    fmt::print("forward pass {:.4f} ms, evaluation {:.2f} x that\n", forward * 1e3,
               json["evaluate"]["median_seconds"].get<double>() / forward);
  }
  fmt::print("peak memory: {:.1f} MB on the device ({:.1f} MB estimated), {:.1f} MB of the host\n",
             json["device_peak_bytes"].get<double>() / 1e6, json["estimated_bytes"].get<double>() / 1e6,
             json["host_peak_bytes"].get<double>() / 1e6);
}

void run(const Options& options) {
  const Json json = measure(options);
  if (options.json) {
    fmt::print("{}\n", json.dump(1));
  } else {
    show(json);
  }
}

}  // namespace

void add_epoch(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("epoch", "a training epoch and an evaluation");
  command->add_option("--dataset", options->dataset, "a dataset's name, or a folder")->required();
  add_root_option(command, options->root);
  command->add_option("--recipe", options->recipe, "what to train")->capture_default_str();
  command->add_option("--features", options->features, "file, or random:D for D made-up columns")
      ->capture_default_str();
  command->add_option("--hidden", options->hidden, "channels between layers, in place of the recipe's")
      ->check(CLI::Range(1, 65536));
  add_device_options(command, options->device);
  command->add_option("--precision", options->precision, "how activations are stored: fp32 or bf16")
      ->capture_default_str();
  command->add_option("--math", options->math, "how dense products round: fp32 or tf32")
      ->capture_default_str();
  command->add_option("--epochs", options->epochs, "how many are timed, after 1 to warm up, 3 on a GPU")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--steps", options->steps, "epochs that are timed op by op, after those; 0: none")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
