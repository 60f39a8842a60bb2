// One task is a list of (key, is positive), sorted by key; keys are whole numbers in the order of falling
// scores, so that a radix sort does it. Tasks are columns of row-major matrices, and are gathered a few at a
// time, because a cache line of a row serves several.
#include "data/metrics/metrics_binary.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "data/base/parallel.hpp"
#include "data/metrics/compensated.hpp"
#include "data/metrics/metrics.hpp"
#include "data/metrics/radix_sort.hpp"
#include "data/values.hpp"

namespace weft::data {
namespace {

constexpr std::int64_t kTasksAtOnce = 8;
constexpr std::int64_t kMostRows = std::int64_t{1} << 32;  // twice the number of pairs then fits 64 bits

enum class Label : std::uint8_t { kNegative = 0, kPositive = 1, kNone = 2, kOther = 3 };

template <class Key>
struct Scored {
  Key key;
  Key positive;  // 0 or 1
};

struct Totals {
  std::uint64_t positives = 0;
  std::uint64_t negatives = 0;
};

/// Calls visit(p, q) with the positives and negatives of each group of equal scores, from the highest down.
template <class Key, class Visit>
void for_each_group(const Scored<Key>* sorted, std::size_t count, const Visit& visit) {
  for (std::size_t i = 0; i < count;) {
    const Key key = sorted[i].key;
    std::uint64_t all = 0, positives = 0;
    do {
      positives += sorted[i].positive;
      ++all;
    } while (++i < count && sorted[i].key == key);
    visit(positives, all - positives);
  }
}

struct Rocauc {
  static constexpr const char* kName = "rocauc";

  template <class Key>
  static double score(const Scored<Key>* sorted, std::size_t count, const Totals& totals) {
    std::uint64_t twice_won = 0, above = 0;  // pairs won, times two; positives with higher scores
    for_each_group(sorted, count, [&](std::uint64_t p, std::uint64_t q) {
      twice_won += q * (2 * above + p);
      above += p;
    });
    return static_cast<double>(twice_won) / static_cast<double>(2 * totals.positives * totals.negatives);
  }
};

struct AveragePrecision {
  static constexpr const char* kName = "ap";

  template <class Key>
  static double score(const Scored<Key>* sorted, std::size_t count, const Totals& totals) {
    CompensatedSum sum;
    std::uint64_t positives = 0, all = 0;
    for_each_group(sorted, count, [&](std::uint64_t p, std::uint64_t q) {
      positives += p;
      all += p + q;
      sum.add(static_cast<double>(p) * static_cast<double>(positives) / static_cast<double>(all));
    });
    return sum.value() / static_cast<double>(totals.positives);
  }
};

template <class T>
Label label_of(T value) {
  if (value == T{0}) return Label::kNegative;
  if (value == T{1}) return Label::kPositive;
  return is_nan(value) ? Label::kNone : Label::kOther;
}
Label label_of(Bf16 value) { return label_of(to_float(value)); }

template <class T>
bool is_finite(T value) {
  return value - value == T{0};
}

/// A task's rows that have a label 0 or 1, and what was found on the way.
template <class Key>
struct Task {
  std::unique_ptr<Scored<Key>[]> rows;  // room for all
  std::size_t count = 0;
  Totals totals;
  bool other_label = false, bad_score = false;

  bool counts() const { return totals.positives > 0 && totals.negatives > 0; }
};

/// What a task comes to, kept apart from errors so that these are the same at any number of threads.
struct Outcome {
  bool counts = false, fault = false;
  double score = 0.0;
};

/// Scores tasks [first, first + kTasksAtOnce) at a time, T being the type in which predictions are ordered.
template <class Metric, class T>
class TaskScorer {
 public:
  TaskScorer(const Array& y_true, const Array& y_pred)
      : y_true_(y_true), y_pred_(y_pred), rows_(y_true.rows()), tasks_(y_true.cols()) {
    for (Task<Key>& task : block_) task.rows = std::make_unique_for_overwrite<Scored<Key>[]>(size());
    scratch_ = std::make_unique_for_overwrite<Scored<Key>[]>(size());
  }

  void score(std::int64_t first, Outcome* outcomes) {
    const std::int64_t width = std::min(kTasksAtOnce, tasks_ - first);
    visit_values(y_true_, [&](const auto* labels) {
      visit_values(y_pred_, [&](const auto* scores) { gather(labels + first, scores + first, width); });
    });
    for (std::int64_t t = 0; t < width; ++t) outcomes[first + t] = finish(block_[t]);
  }

 private:
  using Key = decltype(ordered_key(T{}));

  std::size_t size() const { return static_cast<std::size_t>(rows_); }

  /// Without branches on labels, which are hard to foresee.
  template <class L, class S>
  void gather(const L* labels, const S* scores, std::int64_t width) {
    for (Task<Key>& task : block_)
      task.count = 0, task.totals = {}, task.other_label = task.bad_score = false;
    for (std::int64_t row = 0; row < rows_; ++row, labels += tasks_, scores += tasks_) {
      for (std::int64_t t = 0; t < width; ++t) {
        Task<Key>& task = block_[t];
        const Label label = label_of(labels[t]);
        const T score = widened<T>(scores[t]);
        const bool positive = label == Label::kPositive, known = positive || label == Label::kNegative;
        task.rows[task.count] = {static_cast<Key>(~ordered_key(score)), positive};
        task.count += known;
        task.totals.positives += positive;
        task.other_label |= label == Label::kOther;
        task.bad_score |= known & !is_finite(score);
      }
    }
    for (Task<Key>& task : block_) task.totals.negatives = task.count - task.totals.positives;
  }

  Outcome finish(const Task<Key>& task) {
    if (!task.counts()) return {};
    if (task.other_label || task.bad_score) return {true, true, 0.0};
    const Scored<Key>* sorted = radix_sort(task.rows.get(), scratch_.get(), task.count);
    return {true, false, Metric::score(sorted, task.count, task.totals)};
  }

  const Array& y_true_;
  const Array& y_pred_;
  std::int64_t rows_, tasks_;
  Task<Key> block_[kTasksAtOnce];
  std::unique_ptr<Scored<Key>[]> scratch_;
};

/// Throws what is wrong in `task`: its first row with a label or a score that cannot be used. There is one.
[[noreturn]] void refuse_task(const char* metric, const Array& y_true, const Array& y_pred,
                              std::int64_t task) {
  std::vector<double> label_scratch, score_scratch;
  for (std::int64_t row = 0;; ++row) {
    const double label = *values_as<double>(y_true, row * y_true.cols() + task, 1, label_scratch);
    const double score = *values_as<double>(y_pred, row * y_true.cols() + task, 1, score_scratch);
    if (is_nan(label)) continue;
    WEFT_CHECK(label == 0.0 || label == 1.0, metric, ": row ", row, " of task ", task, " has label ", label,
               "; labels are 0, 1 or NaN");
    WEFT_CHECK(is_finite(score), metric, ": row ", row, " of task ", task, " has score ", score,
               "; scores of labelled rows must be finite");
  }
}

template <class Metric>
double mean_over_tasks(const Array& y_true, const Array& y_pred, int threads) {
  check_matrices(Metric::kName, y_true, y_pred);
  if (y_true.rows() > kMostRows) {
    fail(ErrorCode::kUnsupported, Metric::kName, ": ", y_true.rows(), " rows; at most ", kMostRows,
         " can be scored");
  }
  const std::int64_t tasks = y_true.cols();
  const std::int64_t blocks = (tasks + kTasksAtOnce - 1) / kTasksAtOnce;
  const std::int64_t workers = std::min<std::int64_t>(blocks, std::max(threads, 1));
  std::vector<Outcome> outcomes(static_cast<std::size_t>(tasks));
  in_common_type(y_pred.dtype, y_pred.dtype, [&](auto type) {
    parallel_for(workers, threads, [&](std::int64_t worker) {
      TaskScorer<Metric, decltype(type)> scorer(y_true, y_pred);
      for (std::int64_t block = worker; block < blocks; block += workers) {
        scorer.score(block * kTasksAtOnce, outcomes.data());
      }
    });
  });
  double sum = 0.0;
  std::int64_t counted = 0;
  for (std::int64_t task = 0; task < tasks; ++task) {
    const Outcome& outcome = outcomes[static_cast<std::size_t>(task)];
    if (outcome.fault) refuse_task(Metric::kName, y_true, y_pred, task);
    if (!outcome.counts) continue;
    sum += outcome.score;
    ++counted;
  }
  WEFT_CHECK(counted > 0, Metric::kName, ": none of ", tasks,
             " tasks has both a label 1 and a label 0, so there is nothing to average");
  return sum / static_cast<double>(counted);
}

/// Appends `scores` with one label.
template <class T, class Key>
void append(const Array& scores, const char* what, Key positive, std::vector<Scored<Key>>& rows) {
  std::vector<T> scratch;
  const T* values = values_as<T>(scores, 0, scores.count(), scratch);
  for (std::int64_t i = 0; i < scores.count(); ++i) {
    WEFT_CHECK(is_finite(values[i]), "rocauc: ", what, ": score ", i, " is ", values[i],
               "; scores must be finite");
    rows.push_back({static_cast<Key>(~ordered_key(values[i])), positive});
  }
}

}  // namespace

double rocauc(const Array& y_true, const Array& y_pred, int threads) {
  return mean_over_tasks<Rocauc>(y_true, y_pred, threads);
}

double average_precision(const Array& y_true, const Array& y_pred, int threads) {
  return mean_over_tasks<AveragePrecision>(y_true, y_pred, threads);
}

double rocauc_of_pairs(const Array& positives, const Array& negatives) {
  WEFT_CHECK(positives.count() > 0 && negatives.count() > 0, "rocauc: ", positives.count(), " positives and ",
             negatives.count(), " negatives; at least one of each is needed");
  const std::int64_t count = positives.count() + negatives.count();
  if (count > kMostRows) fail(ErrorCode::kUnsupported, "rocauc: ", count, " scores; at most ", kMostRows);
  return in_common_type(positives.dtype, negatives.dtype, [&](auto type) {
    using T = decltype(type);
    using Key = decltype(ordered_key(type));
    std::vector<Scored<Key>> rows;
    rows.reserve(static_cast<std::size_t>(count));
    append<T>(positives, "y_pred_pos", Key{1}, rows);
    append<T>(negatives, "y_pred_neg", Key{0}, rows);
    const auto scratch = std::make_unique_for_overwrite<Scored<Key>[]>(rows.size());
    const Scored<Key>* sorted = radix_sort(rows.data(), scratch.get(), rows.size());
    return Rocauc::score(
        sorted, rows.size(),
        {static_cast<std::uint64_t>(positives.count()), static_cast<std::uint64_t>(negatives.count())});
  });
}

}  // namespace weft::data
