#pragma once
// What surrounds a run: where data lie, who is told of its progress, who makes its backend.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/devices.hpp"
#include "engine/include/weft/weft.hpp"

namespace weft::engine {

/// What surrounds a run and changes none of its numbers.
struct TrainEnvironment {
  std::filesystem::path root;  // where dataset folders lie
  std::string command_line;    // for summary.json
  Events events;               // each may be empty; `result` gets report/logger.hpp's lines, in order
  std::function<std::unique_ptr<Backend>(const BackendRequest&, const Note&)> make_backend =
      engine::make_backend;
  /// Epochs queued before the results of the one before them are looked at. Empty: one where the backend is
  /// asynchronous, else none.
  std::optional<int> ahead = {};
};

}  // namespace weft::engine
