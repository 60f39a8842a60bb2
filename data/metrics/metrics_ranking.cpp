#include "data/metrics/metrics_ranking.hpp"

#include <algorithm>
#include <functional>

#include "data/base/parallel.hpp"
#include "data/metrics/compensated.hpp"
#include "data/values.hpp"

namespace weft::data {
namespace {

constexpr std::int64_t kBlockValues = 64 * 1024;  // scores that one thread takes at a time

/// Calls visit(value, index) for every score of a list, in order.
template <class T, class Visit>
void for_each_score(const Array& scores, const Visit& visit) {
  std::vector<T> scratch;
  for (std::int64_t first = 0; first < scores.count(); first += kBlockValues) {
    const std::int64_t count = std::min(kBlockValues, scores.count() - first);
    const T* values = values_as<T>(scores, first, count, scratch);
    for (std::int64_t i = 0; i < count; ++i) visit(values[i], first + i);
  }
}

template <class T>
void check_number(T score, const char* what, std::int64_t index) {
  WEFT_CHECK(!is_nan(score), what, ": score ", index, " is not a number; every score must be one");
}

/// The k-th largest score, found in one pass that holds k of them. There are at least k.
template <class T>
T kth_largest(const Array& scores, std::int64_t k) {
  std::vector<T> largest;  // a heap with the smallest in front
  largest.reserve(static_cast<std::size_t>(k));
  for_each_score<T>(scores, [&](T score, std::int64_t index) {
    check_number(score, "y_pred_neg", index);
    if (static_cast<std::int64_t>(largest.size()) < k) {
      largest.push_back(score);
      std::push_heap(largest.begin(), largest.end(), std::greater<>());
    } else if (score > largest.front()) {
      std::pop_heap(largest.begin(), largest.end(), std::greater<>());
      largest.back() = score;
      std::push_heap(largest.begin(), largest.end(), std::greater<>());
    }
  });
  return largest.front();
}

template <class T>
void check_numbers(const Array& scores, const char* what) {
  for_each_score<T>(scores, [&](T score, std::int64_t index) { check_number(score, what, index); });
}

template <class T>
double hits_at(std::int64_t k, const Array& positives, const Array& negatives) {
  check_numbers<T>(positives, "y_pred_pos");
  if (negatives.count() < k) {
    check_numbers<T>(negatives, "y_pred_neg");
    return 1.0;
  }
  const T threshold = kth_largest<T>(negatives, k);
  std::int64_t hits = 0;
  for_each_score<T>(positives, [&](T score, std::int64_t) { hits += score > threshold ? 1 : 0; });
  return static_cast<double>(hits) / static_cast<double>(positives.count());
}

/// How one score compares with many.
struct Comparison {
  std::int64_t above = 0, equal = 0, numbers = 0;
};

/// In pieces whose counts fit the compiler's vectors of 32-bit lanes.
template <class T>
Comparison compare(T score, const T* others, std::int64_t count) {
  constexpr std::int64_t kPiece = std::int64_t{1} << 30;
  Comparison total;
  for (std::int64_t first = 0; first < count; first += kPiece) {
    const T* const piece = others + first;
    const auto size = static_cast<std::int32_t>(std::min(kPiece, count - first));
    std::int32_t above = 0, equal = 0, numbers = 0;
    for (std::int32_t i = 0; i < size; ++i) {
      above += piece[i] > score ? 1 : 0;
      equal += piece[i] == score ? 1 : 0;
      numbers += piece[i] == piece[i] ? 1 : 0;
    }
    total.above += above;
    total.equal += equal;
    total.numbers += numbers;
  }
  return total;
}

/// Ranks rows [begin, end).
template <class T>
void rank_rows(const Array& positives, const Array& negatives, std::int64_t begin, std::int64_t end,
               std::int64_t first_row, double* ranks) {
  const std::int64_t candidates = negatives.cols();
  std::vector<T> positive_scratch, negative_scratch;
  for (std::int64_t row = begin; row < end; ++row) {
    const T score = *values_as<T>(positives, row, 1, positive_scratch);
    WEFT_CHECK(!is_nan(score), "y_pred_pos: row ", first_row + row,
               " is not a number; every score must be one");
    const T* others = values_as<T>(negatives, row * candidates, candidates, negative_scratch);
    const Comparison found = compare(score, others, candidates);
    WEFT_CHECK(found.numbers == candidates, "y_pred_neg: row ", first_row + row, " has ",
               candidates - found.numbers, " scores that are not numbers; every score must be one");
    ranks[row] = static_cast<double>(found.above) + 0.5 * static_cast<double>(found.equal) + 1.0;
  }
}

}  // namespace

double hits_at(std::int64_t k, const Array& positives, const Array& negatives) {
  WEFT_CHECK(k >= 1, "hits@K: K is ", k, "; at least 1 is needed");
  WEFT_CHECK(positives.count() > 0, "hits@K: y_pred_pos is empty, so there is no share of hits");
  return in_common_type(positives.dtype, negatives.dtype,
                        [&](auto type) { return hits_at<decltype(type)>(k, positives, negatives); });
}

std::vector<double> mean_ranks(const Array& positives, const Array& negatives, int threads,
                               std::int64_t first_row) {
  const std::int64_t rows = positives.count();
  WEFT_CHECK(positives.shape.size() == 1 && negatives.shape.size() == 2 && negatives.rows() == rows,
             "mrr: y_pred_pos must be [n] and y_pred_neg [n, candidates]");
  std::vector<double> ranks(static_cast<std::size_t>(rows));
  const std::int64_t step =
      std::max<std::int64_t>(1, kBlockValues / std::max<std::int64_t>(1, negatives.cols()));
  in_common_type(positives.dtype, negatives.dtype, [&](auto type) {
    parallel_for((rows + step - 1) / step, threads, [&](std::int64_t block) {
      rank_rows<decltype(type)>(positives, negatives, block * step, std::min(rows, (block + 1) * step),
                                first_row, ranks.data());
    });
  });
  return ranks;
}

std::vector<float> hits_list(const std::vector<double>& ranks, double k) {
  std::vector<float> list(ranks.size());
  std::transform(ranks.begin(), ranks.end(), list.begin(),
                 [k](double rank) { return rank <= k ? 1.0f : 0.0f; });
  return list;
}

std::vector<float> reciprocal_list(const std::vector<double>& ranks) {
  std::vector<float> list(ranks.size());
  std::transform(ranks.begin(), ranks.end(), list.begin(),
                 [](double rank) { return 1.0f / static_cast<float>(rank); });
  return list;
}

double mean(const std::vector<float>& list) {
  WEFT_CHECK(!list.empty(), "mean: there are no rows to average");
  CompensatedSum sum;
  for (const float value : list) sum.add(value);
  return sum.value() / static_cast<double>(list.size());
}

}  // namespace weft::data
