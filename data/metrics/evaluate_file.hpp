#pragma once
// Scores a file of predictions, whatever its format.
#include <filesystem>

#include "data/metrics/evaluator.hpp"

namespace weft::data {

/// .npz with OGB's keys (arrays in place or decoded as they are needed, npz.hpp), .csv or .csv.gz
/// (score_csv.hpp), and .json for token lists (token_file.hpp). Errors: kUnsupported for another ending, or
/// one that the metric has no use for; those of the format's reader and of Evaluator::evaluate; each names
/// the file.
Evaluation evaluate_file(const Evaluator& evaluator, const std::filesystem::path& path,
                         const EvaluateOptions& options = {});

}  // namespace weft::data
