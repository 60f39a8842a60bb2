#pragma once
// A model's numbers and where its training stands, as a safetensors file. The bytes are a function of the
// options that decide a result and of the numbers: no path, host, thread count or time is in them. The
// metadata hold a CRC-32 of everything else; files of format 1, which had none, are still predicted from.
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/report/logger.hpp"

namespace weft::engine {

/// One array of the model or its optimiser. `name` is unique in a checkpoint: "convs.0.weight",
/// "adam.m.convs.0.weight".
struct CheckpointArray {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;  // row-major
};

struct Checkpoint {
  std::string config;                       // to_toml(config, Scope::kResult)
  std::string dataset;                      // its name, not its path
  std::string node_order = "none";          // of the cache trained on: sums, and so bits, follow it
  std::map<std::string, std::string> data;  // fingerprint of what was trained on (fingerprint.hpp)
  std::optional<bool> log1p;                // whether features were log(1 + count); older ones do not say
  std::int64_t features = 0;
  std::int64_t classes = 0;
  std::int64_t run = 1;                 // from 1
  std::int64_t epoch = 0;               // epochs of the run that are done
  std::int64_t step = 0;                // optimiser steps of the run that are done
  std::uint64_t seed = 0;               // of the run: with the step it decides every random number to come
  std::vector<Evaluation> evaluations;  // over all runs, that this state stands on; seconds are not kept
  std::vector<CheckpointArray> arrays;
  std::string file = "checkpoint";  // where it was read, for messages; not written
  bool has_checksum = true;         // whether it had one; not written

  /// Errors: kBadData when there is no such array.
  const CheckpointArray& array(const std::string& name) const;
};

/// Replaces `path` whole or leaves it as it was. Errors: kIo, kNoSpace.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Compares the checksum. Errors: kNotFound; kBadData for a file that is damaged or not a checkpoint of this
/// program.
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace weft::engine
