#pragma once
// Scores of rankings, as OGB's evaluators of link prediction compute them; how these differ is in
// EVALUATORS.md. Scores of any types, compared after widening both sides (values.hpp). Pure functions.
#include "data/dataset.hpp"

namespace weft::data {

/// OGB's `hits@K`: the share of positives [p] that are strictly above the K-th largest of the negatives [m],
/// of which equal ones count one by one; 1 where there are fewer than K negatives. Errors: kInvalidArgument
/// for K < 1, no positives, a score that is not a number.
double hits_at(std::int64_t k, const Array& positives, const Array& negatives);

/// The rank of each positive [n] among its negatives [n, c]: 1 + those above + half of those equal, which is
/// the mean of the best and the worst place it may take. Exact halves. The same at any number of threads.
/// `first_row` is what the first row is called in messages.
/// Errors: kInvalidArgument for other shapes, or a score that is not a number.
std::vector<double> mean_ranks(const Array& positives, const Array& negatives, int threads,
                               std::int64_t first_row = 0);

/// 1 where the rank is at most k, else 0: OGB's `hits@k_list`.
std::vector<float> hits_list(const std::vector<double>& ranks, double k);
/// 1 / rank in float32, as OGB divides: `mrr_list`.
std::vector<float> reciprocal_list(const std::vector<double>& ranks);
/// Errors: kInvalidArgument for an empty list.
double mean(const std::vector<float>& list);

}  // namespace weft::data
