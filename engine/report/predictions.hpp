#pragma once
// Predicted classes as a file or as text.
#include <cstdint>
#include <filesystem>
#include <vector>

namespace weft::engine {

/// `path` ends in .npy (int64 [n, 1], as OGB's evaluators take y_pred) or .csv (a class per line, no header).
/// Errors: kInvalidArgument for another ending; kExists, also when another process is
/// writing it; kIo; kNoSpace.
void write_predictions(const std::filesystem::path& path, const std::vector<std::int32_t>& classes);

/// What write_predictions would refuse before anything is computed.
void check_predictions_path(const std::filesystem::path& path);

}  // namespace weft::engine
