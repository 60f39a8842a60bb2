#pragma once
// Scores of binary labels, as OGB's evaluators compute them with scikit-learn; how these differ is in
// EVALUATORS.md. Pure functions; the same bits at any number of threads.
#include "data/dataset.hpp"

namespace weft::data {

/// OGB's `rocauc`: per task the area under the ROC curve, which is the share of pairs of a positive and a
/// negative row where the positive one has the higher score, ties counting one half; then the mean over
/// tasks, left to right. y_true, y_pred [n, tasks] of any types. A task counts if it has a label 1 and a
/// label 0; then rows whose label is NaN are dropped, and the others must have labels 0 or 1 and finite
/// scores. Exact: integers up to one division per task. Errors: kInvalidArgument for other shapes, a bad
/// label or score of a task that counts (named by task and row), and when no task counts. kUnsupported beyond
/// 2^32 rows.
double rocauc(const Array& y_true, const Array& y_pred, int threads);

/// OGB's `ap`: as rocauc, with the average precision: over groups of equal scores from the highest down, the
/// sum of precision times gain in recall, without interpolation.
double average_precision(const Array& y_true, const Array& y_pred, int threads);

/// The ROC-AUC of one task, given as scores of positives [p] and of negatives [m], compared in their common
/// type. Errors: kInvalidArgument where one of them is empty or a score is not finite.
double rocauc_of_pairs(const Array& positives, const Array& negatives);

}  // namespace weft::data
