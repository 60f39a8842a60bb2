#pragma once
// The training loop: a configuration in, a summary out. This is the contract between it and the public
// interface.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "data/dataset.hpp"
#include "engine/config.hpp"
#include "engine/devices.hpp"
#include "engine/include/weft/weft.hpp"

namespace weft::engine {

using Summary = TrainResult;

/// What surrounds a run but does not change its numbers.
struct TrainEnvironment {
  std::filesystem::path root;  // where dataset folders lie
  std::string command_line;    // for summary.json
  Events events;               // each callback may be empty; `result` gets the lines of logger.hpp, in order
  std::function<std::unique_ptr<Backend>(const BackendRequest&, const Note&)> make_backend =
      engine::make_backend;
  /// Epochs queued before the results of the one before them are looked at. Empty: one where the backend is
  /// asynchronous, else none.
  std::optional<int> ahead = {};
};

/// Trains config.runs runs on config.dataset; run i (from 0) uses seed + i. Writes config.out
/// (run_directory.hpp) unless it is empty, and continues there with the same bits when config.resume is set.
/// Between epochs it polls stop_requested() (interrupt.hpp): it then saves a checkpoint and throws
/// kInterrupted. How far it works ahead changes nothing that it writes but times. Errors: see weft::train.
Summary train(const TrainConfig& config, const TrainEnvironment& environment);

/// Bytes that training `dataset` so will take: model, activations, graphs, and the dataset's own pages.
std::uint64_t training_bytes(const TrainConfig& config, const data::Dataset& dataset);

struct PredictJob {
  std::filesystem::path checkpoint;
  std::string dataset;  // name or folder
  std::string device = "auto";
  int threads = 0;
};

/// Class of every node of a dataset that has the checkpoint's number of features.
PredictResult predict(const PredictJob& job, const TrainEnvironment& environment);

}  // namespace weft::engine
