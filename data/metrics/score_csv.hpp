#pragma once
// Predictions in csv files whose first line names the columns by OGB's keys.
#include <filesystem>

#include "data/metrics/evaluator.hpp"

namespace weft::data {

/// The columns, in any order of keys, the columns of a key side by side:
///   matrices    y_true and y_pred, or y_true_0, y_true_1, ... and y_pred_0, y_pred_1, ..., a line per row
///   pairs, hits y_true (1 or 0) and y_pred, a line per edge
///   ranks       y_pred_pos, y_pred_neg_0, y_pred_neg_1, ..., or all four of heads and tails, a line per edge
/// An empty field is NaN. Numbers are read as double; a whole number that no double holds is refused. Ranks
/// are found block by block, so that the negatives are never held; of the other forms the values are. Errors:
/// the csv reader's; kBadData naming a column that is not wanted, out of order, or twice, or a label of pairs
/// that is neither 1 nor 0; kInvalidArgument as Evaluator::evaluate.
Evaluation evaluate_csv(const Evaluator& evaluator, const std::filesystem::path& path,
                        const EvaluateOptions& options);

}  // namespace weft::data
