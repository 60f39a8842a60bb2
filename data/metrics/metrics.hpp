#pragma once
// Scores of matrices [n, tasks], as OGB's evaluators compute them; how these scores differ is in
// EVALUATORS.md. Pure functions. y_true and y_pred are of one shape and any types; they are compared after
// widening both (values.hpp). A NaN label is no label. Errors: kInvalidArgument, also for other shapes.
#include "data/dataset.hpp"

namespace weft::data {

/// Share of correct rows. One double division, as OGB's. Errors: when `total` is 0.
double accuracy_from_counts(std::int64_t correct, std::int64_t total);

/// OGB's `acc`: per task the share of labelled rows where prediction equals label, then the mean over tasks,
/// left to right. A NaN prediction equals nothing. Errors: for a task without labelled rows.
double accuracy(const Array& y_true, const Array& y_pred);

/// OGB's `rmse`: per task the root of the mean square difference over labelled rows, then the mean over
/// tasks, in double whatever the types. Errors: for a task without labelled rows; an infinite label; a
/// prediction beside a label that is not finite; squares too large for double.
double root_mean_square_error(const Array& y_true, const Array& y_pred);

/// The check that every matrix metric begins with. Errors: unless both are matrices of one shape with a
/// column.
void check_matrices(const char* metric, const Array& y_true, const Array& y_pred);

}  // namespace weft::data
