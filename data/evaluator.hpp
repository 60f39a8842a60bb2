#pragma once
// OGB's Evaluator: which metric a dataset is scored by, and the checks on its input, in OGB's order.
#include <map>
#include <string>

#include "data/dataset.hpp"

namespace weft::data {

class Evaluator {
 public:
  /// Errors: kNotFound for a name OGB does not know; kUnsupported for a metric other than acc.
  explicit Evaluator(const std::string& dataset);
  Evaluator(std::string metric, std::int64_t num_tasks);

  /// `inputs` by OGB's keys (y_true, y_pred, both [n, num_tasks]); the result by OGB's keys ("acc").
  /// Errors: kInvalidArgument for a missing key, shapes that differ, not two dimensions, a wrong number of
  /// tasks, a task without labels.
  std::map<std::string, double> evaluate(const Arrays& inputs) const;

  const std::string& metric() const { return metric_; }
  std::int64_t num_tasks() const { return num_tasks_; }

 private:
  std::string metric_;
  std::int64_t num_tasks_ = 1;
};

}  // namespace weft::data
