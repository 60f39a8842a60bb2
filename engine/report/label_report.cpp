#include "engine/report/label_report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/values.hpp"

namespace weft::engine {
namespace {

using data::Array;

/// Mean and, from two values on, unbiased standard deviation (Welford, Technometrics 4, 1962).
class Moments {
 public:
  void add(double value) {
    ++count_;
    const double before = value - mean_;
    mean_ += before / static_cast<double>(count_);
    squares_ += before * (value - mean_);
  }
  double mean() const { return mean_; }
  std::optional<double> std() const {
    if (count_ < 2) return std::nullopt;
    return std::sqrt(squares_ / static_cast<double>(count_ - 1));
  }
  std::int64_t count() const { return count_; }

 private:
  std::int64_t count_ = 0;
  double mean_ = 0.0;
  double squares_ = 0.0;
};

}  // namespace

std::vector<double> label_values(const Array& labels) {
  std::vector<double> scratch;
  const double* values = data::values_as<double>(labels, 0, labels.count(), scratch);
  if (scratch.empty()) scratch.assign(values, values + labels.count());
  return scratch;
}

LabelInfo describe_labels(const std::string& of, const Array& labels, std::int64_t num_classes) {
  const std::vector<double> values = label_values(labels);
  LabelInfo info;
  info.of = of;
  info.num_tasks = labels.cols();
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  Moments moments;
  for (std::int64_t row = 0; row < labels.rows(); ++row) {
    bool labelled = false;
    for (std::int64_t task = 0; task < info.num_tasks; ++task) {
      const double label = values[static_cast<std::size_t>(row * info.num_tasks + task)];
      if (std::isnan(label)) continue;
      labelled = true;
      low = std::min(low, label);
      high = std::max(high, label);
      moments.add(label);
      if (label >= 0 && label < static_cast<double>(num_classes))
        ++info.class_counts[static_cast<std::int64_t>(label)];
    }
    info.unlabelled += !labelled;
  }
  if (moments.count() > 0) {
    info.min = low;
    info.max = high;
  }
  info.mean = moments.mean();
  info.std = moments.std();
  if (labels.count() > 0)
    info.missing = 1.0 - static_cast<double>(moments.count()) / static_cast<double>(labels.count());
  return info;
}

std::optional<double> homophily(const CsrView& csr, const Array& labels) {
  const std::vector<double> values = label_values(labels);
  const std::int64_t tasks = labels.cols();
  if (tasks == 0) return std::nullopt;
  std::int64_t known = 0;
  std::int64_t equal = 0;
  for (NodeId row = 0; row < csr.num_rows; ++row) {
    const double own = values[static_cast<std::size_t>(row * tasks)];
    if (std::isnan(own)) continue;
    for (EdgeId e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) {
      const double other = values[static_cast<std::size_t>(csr.cols[e] * tasks)];
      known += !std::isnan(other);
      equal += own == other;
    }
  }
  if (known == 0) return std::nullopt;
  return static_cast<double>(equal) / static_cast<double>(known);
}

}  // namespace weft::engine
