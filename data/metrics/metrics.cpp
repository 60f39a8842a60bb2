#include "data/metrics/metrics.hpp"

#include <algorithm>
#include <cmath>

#include "data/metrics/compensated.hpp"
#include "data/values.hpp"

namespace weft::data {
namespace {

constexpr std::int64_t kBlockValues = 16 * 1024;  // widened at a time

/// Calls visit(task, row, label, prediction) for every labelled entry, row by row, both as T.
template <class T, class Visit>
void for_each_labelled(const Array& y_true, const Array& y_pred, const Visit& visit) {
  const std::int64_t tasks = y_true.cols();
  const std::int64_t step = std::max<std::int64_t>(1, kBlockValues / tasks);  // rows
  std::vector<T> label_scratch, prediction_scratch;
  for (std::int64_t first = 0; first < y_true.rows(); first += step) {
    const std::int64_t rows = std::min(step, y_true.rows() - first);
    const T* label = values_as<T>(y_true, first * tasks, rows * tasks, label_scratch);
    const T* prediction = values_as<T>(y_pred, first * tasks, rows * tasks, prediction_scratch);
    for (std::int64_t row = first; row < first + rows; ++row) {
      for (std::int64_t task = 0; task < tasks; ++task, ++label, ++prediction) {
        if (!is_nan(*label)) visit(task, row, *label, *prediction);
      }
    }
  }
}

struct Counts {
  std::int64_t correct = 0;
  std::int64_t labelled = 0;
};

struct Squares {
  CompensatedSum sum;
  std::int64_t labelled = 0;
};

void check_labelled(const char* metric, std::int64_t labelled, std::int64_t task, std::int64_t rows) {
  WEFT_CHECK(labelled > 0, metric, ": task ", task, " has no labelled rows among ", rows);
}

}  // namespace

void check_matrices(const char* metric, const Array& y_true, const Array& y_pred) {
  WEFT_CHECK(y_true.shape.size() == 2 && y_true.shape == y_pred.shape, metric,
             ": y_true and y_pred must be matrices of one shape");
  WEFT_CHECK(y_true.cols() > 0, metric, ": y_true has no columns, one per task is wanted");
}

double accuracy_from_counts(std::int64_t correct, std::int64_t total) {
  WEFT_CHECK(total > 0, "acc: no labelled rows, so there is no share of correct ones");
  return static_cast<double>(correct) / static_cast<double>(total);
}

double accuracy(const Array& y_true, const Array& y_pred) {
  check_matrices("acc", y_true, y_pred);
  std::vector<Counts> tasks(static_cast<std::size_t>(y_true.cols()));
  in_common_type(y_true.dtype, y_pred.dtype, [&](auto type) {
    for_each_labelled<decltype(type)>(y_true, y_pred, [&](auto task, auto, auto label, auto prediction) {
      Counts& counts = tasks[static_cast<std::size_t>(task)];
      ++counts.labelled;
      counts.correct += label == prediction ? 1 : 0;
    });
  });
  double sum = 0;
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    check_labelled("acc", tasks[task].labelled, static_cast<std::int64_t>(task), y_true.rows());
    sum += accuracy_from_counts(tasks[task].correct, tasks[task].labelled);
  }
  return sum / static_cast<double>(tasks.size());
}

double root_mean_square_error(const Array& y_true, const Array& y_pred) {
  check_matrices("rmse", y_true, y_pred);
  std::vector<Squares> tasks(static_cast<std::size_t>(y_true.cols()));
  for_each_labelled<double>(y_true, y_pred, [&](auto task, auto row, double label, double prediction) {
    WEFT_CHECK(std::isfinite(label) && std::isfinite(prediction), "rmse: row ", row, " of task ", task,
               " has label ", label, " and prediction ", prediction, "; both must be finite");
    Squares& squares = tasks[static_cast<std::size_t>(task)];
    ++squares.labelled;
    squares.sum.add((label - prediction) * (label - prediction));
  });
  double sum = 0;
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    check_labelled("rmse", tasks[task].labelled, static_cast<std::int64_t>(task), y_true.rows());
    sum += std::sqrt(tasks[task].sum.value() / static_cast<double>(tasks[task].labelled));
  }
  WEFT_CHECK(std::isfinite(sum),
             "rmse: the squares of the differences are too large for a double; scale the values");
  return sum / static_cast<double>(tasks.size());
}

}  // namespace weft::data
