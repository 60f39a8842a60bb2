// weft-bench epoch: seconds of a training epoch and of an evaluation, on the device's own clock, as weft
// train runs them.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "bench/commands/commands.hpp"
#include "bench/support/samples.hpp"
#include "engine/devices.hpp"
#include "engine/machine.hpp"
#include "engine/open_dataset.hpp"
#include "engine/session.hpp"
#include "engine/trainer.hpp"

namespace weft::bench {
namespace {

struct Options {
  std::string dataset, root;
  std::string recipe = "dgl-gcn";
  std::string features = "file";
  std::string device = "cuda";
  std::string precision = "fp32";
  std::string math = "fp32";
  std::optional<int> hidden;  // else the recipe's
  int epochs = 30;
  bool json = false;
};

constexpr int kWarmUp = 3;  // the first run of a program, its recording, its first replay

engine::TrainConfig make_config(const Options& options) {
  engine::ConfigSources sources;
  sources.recipe = options.recipe;
  sources.settings = {{"features", options.features},
                      {"device", options.device},
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
Times time_epochs(engine::Session& session, int epochs) {
  Times times;
  session.begin_run(0);
  const int all = kWarmUp + epochs;
  for (int queued = 0, done = 0; done < all; ++done) {
    for (; queued < all && queued <= done + 1; ++queued) session.submit(true);
    const engine::Epoch epoch = session.collect();
    if (done < kWarmUp) continue;
    times.train.seconds.push_back(epoch.seconds_train);
    times.evaluate.seconds.push_back(epoch.seconds_evaluate);
  }
  return times;
}

Json measure(const Options& options) {
  const engine::TrainConfig config = make_config(options);
  const int threads = engine::thread_count(config.threads);
  const auto backend = engine::make_backend(engine::backend_request(config.device, threads, config.math), {});
  engine::require_arithmetic(*backend, config);
  engine::TrainEnvironment environment;
  environment.root = options.root;
  const data::Dataset dataset = engine::open_dataset(options.dataset, config, threads, environment);
  engine::Session session(dataset, config, engine::trainable_shape(dataset, config), *backend,
                          {engine::Use::kTrain, threads, 1, false});
  session.allocate();
  const Times times = time_epochs(session, options.epochs);

  Json json = provenance(backend->description());
  json["dataset"] = dataset.facts.name;
  json["recipe"] = options.recipe;
  json["features"] = options.features;
  json["hidden"] = config.hidden;
  json["threads"] = threads;
  json["nodes"] = dataset.nodes().rows;
  json["entries"] = dataset.edges().csr.num_edges;
  json["precision"] = options.precision;
  json["math"] = options.math;
  json["train"] = to_json(times.train);
  json["evaluate"] = to_json(times.evaluate);
  json["estimated_bytes"] = session.estimated_bytes();
  json["device_peak_bytes"] = backend->peak_memory();
  json["host_peak_bytes"] = engine::peak_resident_bytes();
  return json;
}

void show(const Json& json) {
  const auto text = [&](const char* key) { return json.at(key).get<std::string>(); };
  fmt::print("{}\n{}, {}, features {}, {} hidden channels, {}, products in {}\n", text("device"),
             text("dataset"), text("recipe"), text("features"), json["hidden"].get<int>(), text("precision"),
             text("math"));
  fmt::print("{:10}{:>12}{:>12}{:>12}{:>12}\n", "", "median ms", "min ms", "10 % ms", "90 % ms");
  for (const char* part : {"train", "evaluate"}) {
    fmt::print("{:10}", part);
    for (const char* key : {"median_seconds", "minimum_seconds", "p10_seconds", "p90_seconds"}) {
      fmt::print("{:12.4f}", json[part][key].get<double>() * 1e3);
    }
    fmt::print("\n");
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
  add_device_option(command, options->device);
  command->add_option("--precision", options->precision, "how activations are stored: fp32 or bf16")
      ->capture_default_str();
  command->add_option("--math", options->math, "how dense products round: fp32 or tf32")
      ->capture_default_str();
  command->add_option("--epochs", options->epochs, "how many are timed, after a few to warm up")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
