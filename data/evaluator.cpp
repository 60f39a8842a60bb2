#include "data/evaluator.hpp"

#include <utility>

#include "data/metrics.hpp"
#include "data/registry.hpp"

namespace weft::data {
namespace {

constexpr const char* kTrue = "y_true";
constexpr const char* kPred = "y_pred";

const DatasetSpec& known(const std::string& dataset) {
  const DatasetSpec* spec = find_dataset(dataset);
  if (spec == nullptr) {
    fail(ErrorCode::kNotFound, "no dataset is called '", dataset, "'; 'weft datasets' lists the known ones");
  }
  return *spec;
}

const Array& input(const Arrays& inputs, const char* key) {
  const auto found = inputs.find(key);
  WEFT_CHECK(found != inputs.end(), "evaluate: there is no '", key, "' among the inputs; give ", kTrue,
             " and ", kPred);
  return found->second;
}

std::string shape_text(const Array& array) {
  std::string text = "[";
  for (const std::int64_t size : array.shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

}  // namespace

Evaluator::Evaluator(const std::string& dataset)
    : Evaluator(std::string(known(dataset).metric), known(dataset).num_tasks) {}

Evaluator::Evaluator(std::string metric, std::int64_t num_tasks)
    : metric_(std::move(metric)), num_tasks_(num_tasks) {
  if (metric_ != "acc") fail(ErrorCode::kUnsupported, "metric '", metric_, "': only acc can be computed");
  WEFT_CHECK(num_tasks_ > 0, "evaluator: ", num_tasks_, " tasks; at least one is needed");
}

std::map<std::string, double> Evaluator::evaluate(const Arrays& inputs) const {
  const Array& y_true = input(inputs, kTrue);
  const Array& y_pred = input(inputs, kPred);
  WEFT_CHECK(y_true.shape == y_pred.shape, "evaluate: y_true is ", shape_text(y_true), " but y_pred is ",
             shape_text(y_pred), "; give one prediction per label");
  WEFT_CHECK(y_true.shape.size() == 2, "evaluate: y_true and y_pred are ", shape_text(y_true),
             "; give matrices [rows, tasks]");
  WEFT_CHECK(y_true.cols() == num_tasks_, "evaluate: y_true has ", y_true.cols(),
             " columns but the dataset has ", num_tasks_, " tasks");
  return {{metric_, accuracy(y_true, y_pred)}};
}

}  // namespace weft::data
