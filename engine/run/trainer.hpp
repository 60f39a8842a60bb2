#pragma once
// The training loop: a configuration in, a summary out. This is the contract between it and the public
// interface.
#include <cstdint>
#include <filesystem>
#include <string>

#include "data/dataset.hpp"
#include "engine/config/config.hpp"
#include "engine/environment.hpp"
#include "engine/include/weft/weft.hpp"

namespace weft::engine {

using Summary = TrainResult;

/// Trains config.run.runs runs on config.dataset; run i (from 0) uses seed + i. Writes config.run.out
/// (run_directory.hpp) unless it is empty, and continues there with the same bits when config.run.resume is
/// set. Between epochs it polls stop_requested() (interrupt.hpp): it then saves a checkpoint and throws
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
