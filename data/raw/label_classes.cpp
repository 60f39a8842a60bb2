#include "data/raw/label_classes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr std::int64_t kRegression = -1;  // in place of a number of classes
constexpr double kMostClasses = std::numeric_limits<std::int32_t>::max();
constexpr double kStrayLabel = 1000, kStrayRatio = 100;  // above both the largest label is a mistake

class Classifier {
 public:
  Classifier(RawLabels raw, const ConvertOptions& options) : raw_(std::move(raw)), options_(options) {}

  Labels run(std::optional<std::int64_t> num_classes) {
    forget_unlabelled();
    Labels labels;
    labels.num_tasks = raw_.tasks;
    labels.num_classes = num_classes ? *num_classes : guess();
    labels.num_classes == kRegression ? check_reals() : check_classes(labels.num_classes);
    labels.column = {raw_.array, raw_.rows, raw_.tasks, {}, {}};
    const auto unknown = [](double value) { return std::isnan(value); };
    const bool all_known = std::none_of(raw_.values.begin(), raw_.values.end(), unknown);
    if (all_known && labels.num_classes != kRegression) {
      labels.column.integers.assign(raw_.values.begin(), raw_.values.end());
    } else {
      labels.column.reals = std::move(raw_.values);
    }
    return labels;
  }

 private:
  void forget_unlabelled() {
    if (!options_.unlabelled) return;
    std::int64_t found = 0;
    for (double& value : raw_.values) {
      if (value != static_cast<double>(*options_.unlabelled)) continue;
      value = std::numeric_limits<double>::quiet_NaN();
      ++found;
    }
    note(options_, raw_.file, ": ", found, found == 1 ? " label is " : " labels are ", *options_.unlabelled,
         ", which stands for no label");
  }

  /// The number of classes.
  std::int64_t guess() {
    const auto broken = [](double value) { return !std::isnan(value) && value != std::floor(value); };
    if (const auto first = std::find_if(raw_.values.begin(), raw_.values.end(), broken);
        first != raw_.values.end()) {
      note(options_, place(first), " is no whole number, so the labels are real numbers: regression");
      return kRegression;
    }
    look();
    if (seen_.size() == 2 && lowest_ == -1 && largest_ == 1) take_signs();
    refuse_negative();
    refuse_stray();
    const auto classes = static_cast<std::int64_t>(std::clamp(largest_, 0.0, kMostClasses - 1)) + 1;
    const std::int64_t absent = classes - static_cast<std::int64_t>(seen_.size());
    if (absent > 0 && !seen_.empty()) {
      note(options_, raw_.file, ": has ", seen_.size(), " different labels, the largest ", largest_text(),
           ": ", absent, " of the ", classes, " classes do not occur");
    }
    return classes;
  }

  /// Which labels there are.
  void look() {
    for (const double value : raw_.values) {
      if (std::isnan(value)) continue;
      lowest_ = seen_.empty() ? value : std::min(lowest_, value);
      largest_ = seen_.empty() ? value : std::max(largest_, value);
      seen_.insert(value);
    }
  }

  void take_signs() {
    for (double& value : raw_.values) value = value == -1 ? 0 : value;
    lowest_ = 0;
    note(options_, raw_.file, ": the labels are -1 and 1, which become the classes 0 and 1");
  }

  void refuse_negative() const {
    if (lowest_ >= 0) return;
    const auto first = std::find_if(raw_.values.begin(), raw_.values.end(), [](double v) { return v < 0; });
    std::string advice = "where labels are real numbers, `weft convert` takes --classes -1";
    if (*first >= -kMostClasses) {
      const std::string value = std::to_string(static_cast<std::int64_t>(*first));
      advice = "where " + value + " stands for no label, `weft convert` takes --unlabelled " + value +
               ", or write NaN; " + advice;
    }
    fail(ErrorCode::kBadData, place(first), " is no class, which are whole numbers from 0; ", advice);
  }

  void refuse_stray() const {
    if (largest_ < kStrayLabel || largest_ < kStrayRatio * static_cast<double>(seen_.size())) return;
    const auto first = std::find(raw_.values.begin(), raw_.values.end(), largest_);
    const std::string classes = largest_ < kMostClasses
                                    ? std::to_string(static_cast<std::int64_t>(largest_) + 1) + " classes"
                                    : "more classes than there can be";
    fail(ErrorCode::kBadData, place(first), " is far above the other labels: there are ", seen_.size(),
         " different ones and would be ", classes,
         "; correct it, or say how many classes there are with --classes of `weft convert`");
  }

  void check_classes(std::int64_t num_classes) const {
    const auto outside = [end = static_cast<double>(num_classes)](double value) {
      return !std::isnan(value) && (value != std::floor(value) || value < 0 || value >= end);
    };
    const auto first = std::find_if(raw_.values.begin(), raw_.values.end(), outside);
    if (first == raw_.values.end()) return;
    fail(ErrorCode::kBadData, place(first),
         *first == std::floor(*first) ? " is out of range" : " is no whole number",
         "; wanted a class from 0 to ", num_classes - 1, "; correct it, or give NaN where there is no label");
  }

  /// Real numbers are kept as float32.
  void check_reals() const {
    const auto beyond = [](double value) {
      return !std::isnan(value) && !std::isfinite(static_cast<float>(value));
    };
    const auto first = std::find_if(raw_.values.begin(), raw_.values.end(), beyond);
    if (first == raw_.values.end()) return;
    fail(ErrorCode::kBadData, place(first), " is too large for float32; wanted a finite number");
  }

  std::string place(std::vector<double>::const_iterator value) const {
    return raw_.place(value - raw_.values.begin());
  }
  std::string largest_text() const { return std::to_string(static_cast<std::int64_t>(largest_)); }

  RawLabels raw_;
  const ConvertOptions& options_;
  std::unordered_set<double> seen_;  // different labels
  double lowest_ = 0, largest_ = 0;
};

}  // namespace

Labels classify(RawLabels raw, std::optional<std::int64_t> num_classes, const ConvertOptions& options) {
  return Classifier(std::move(raw), options).run(num_classes);
}

}  // namespace weft::data
