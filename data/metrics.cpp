#include "data/metrics.hpp"

#include <bit>
#include <cmath>

namespace weft::data {
namespace {

bool is_integer(DType dtype) { return dtype == DType::kI32 || dtype == DType::kI64 || dtype == DType::kU8; }

template <class T>
T value_at(const Array& array, std::int64_t i) {
  return static_cast<const T*>(array.data)[i];
}

std::int64_t integer_at(const Array& array, std::int64_t i) {
  if (array.dtype == DType::kI64) return value_at<std::int64_t>(array, i);
  if (array.dtype == DType::kI32) return value_at<std::int32_t>(array, i);
  return value_at<std::uint8_t>(array, i);
}

/// Widened to double, which is exact for all but large int64: NumPy compares those with floats this way too.
double number_at(const Array& array, std::int64_t i) {
  if (array.dtype == DType::kF64) return value_at<double>(array, i);
  if (array.dtype == DType::kF32) return value_at<float>(array, i);
  if (array.dtype == DType::kBf16) {
    constexpr int kDroppedBits = 16;  // a bf16 is the upper half of a float
    return std::bit_cast<float>(std::uint32_t{value_at<std::uint16_t>(array, i)} << kDroppedBits);
  }
  return static_cast<double>(integer_at(array, i));
}

struct Counts {
  std::int64_t correct = 0;
  std::int64_t labelled = 0;
};

/// Of the entries first, first + step, ...; equal(i) and labelled(i) judge one.
template <class Equal, class Labelled>
Counts count_task(std::int64_t first, std::int64_t step, std::int64_t end, const Equal& equal,
                  const Labelled& labelled) {
  Counts counts;
  for (std::int64_t i = first; i < end; i += step) {
    if (!labelled(i)) continue;
    ++counts.labelled;
    counts.correct += equal(i) ? 1 : 0;
  }
  return counts;
}

Counts count_task(const Array& y_true, const Array& y_pred, std::int64_t task, std::int64_t tasks) {
  if (is_integer(y_true.dtype) && is_integer(y_pred.dtype)) {
    return count_task(
        task, tasks, y_true.count(),
        [&](std::int64_t i) { return integer_at(y_true, i) == integer_at(y_pred, i); },
        [](std::int64_t) { return true; });
  }
  // A NaN prediction equals nothing and is merely wrong, as it is for OGB.
  return count_task(
      task, tasks, y_true.count(),
      [&](std::int64_t i) { return number_at(y_true, i) == number_at(y_pred, i); },
      [&](std::int64_t i) { return !std::isnan(number_at(y_true, i)); });
}

}  // namespace

double accuracy_from_counts(std::int64_t correct, std::int64_t total) {
  WEFT_CHECK(total > 0, "acc: no labelled rows, so there is no share of correct ones");
  return static_cast<double>(correct) / static_cast<double>(total);
}

double accuracy(const Array& y_true, const Array& y_pred) {
  WEFT_CHECK(y_true.shape.size() == 2 && y_true.shape == y_pred.shape,
             "acc: y_true and y_pred must be matrices of one shape");
  const std::int64_t tasks = y_true.cols();
  WEFT_CHECK(tasks > 0, "acc: y_true has no columns, one per task is wanted");
  double sum = 0;
  for (std::int64_t task = 0; task < tasks; ++task) {
    const Counts counts = count_task(y_true, y_pred, task, tasks);
    WEFT_CHECK(counts.labelled > 0, "acc: task ", task, " has no labelled rows among ", y_true.rows());
    sum += accuracy_from_counts(counts.correct, counts.labelled);
  }
  return sum / static_cast<double>(tasks);
}

}  // namespace weft::data
