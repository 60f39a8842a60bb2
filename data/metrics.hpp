#pragma once
// Scores, exactly as OGB's evaluators compute them. Pure functions.
#include <array>

#include "data/dataset.hpp"

namespace weft::data {

/// Share of correct rows. One double division, as OGB's. Errors: kInvalidArgument when `total` is 0.
double accuracy_from_counts(std::int64_t correct, std::int64_t total);

/// OGB's `acc`: per task the share of labelled rows (label not NaN) where prediction equals label, then the
/// mean over tasks, left to right. y_true, y_pred [n, tasks] of any numeric type. Errors: kInvalidArgument
/// for a task without labelled rows.
double accuracy(const Array& y_true, const Array& y_pred);

}  // namespace weft::data
