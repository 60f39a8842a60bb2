// The public interface over scores of predictions.
#include "data/metrics/evaluate_file.hpp"
#include "engine/devices.hpp"
#include "engine/include/weft/weft.hpp"

namespace weft {
namespace {

data::Evaluator evaluator_of(const EvaluateOptions& options) {
  WEFT_CHECK(options.dataset.empty() != options.metric.empty(),
             "evaluate: give either a dataset or a metric to score by");
  if (!options.dataset.empty()) return data::Evaluator(options.dataset);
  return {options.metric, options.num_tasks};
}

data::EvaluateOptions data_options(const EvaluateOptions& options, const std::string& metric) {
  WEFT_CHECK(!options.lists || metric == "mrr", "evaluate: ", metric,
             " has no lists, only mrr does; leave --lists out");
  return {engine::thread_count(options.threads), options.lists};
}

EvaluateResult result_of(data::Evaluation evaluation) {
  return {std::move(evaluation.scores), std::move(evaluation.lists)};
}

/// Whether data[0, count of `shape`) can be; the caller's pointer has to be trusted for the rest.
data::Array checked(const std::string& key, const ScoreArray& array) {
  std::int64_t count = 1;
  for (const std::int64_t size : array.shape) {
    WEFT_CHECK(size >= 0 && !__builtin_mul_overflow(count, size, &count), "evaluate: ", key,
               " has a shape that no memory holds");
  }
  WEFT_CHECK(count == 0 || array.data != nullptr, "evaluate: ", key, " has no data");
  return {array.type, array.shape, array.data};
}

data::TokenLists token_lists(const std::vector<std::vector<std::string>>& samples) {
  data::TokenLists lists;
  for (const auto& sample : samples) {
    lists.begin_list();
    for (const std::string& token : sample) lists.add(token);
  }
  return lists;
}

}  // namespace

EvaluateResult evaluate(const std::filesystem::path& file, const EvaluateOptions& options) {
  const data::Evaluator evaluator = evaluator_of(options);
  return result_of(data::evaluate_file(evaluator, file, data_options(options, evaluator.metric())));
}

EvaluateResult evaluate(const std::map<std::string, ScoreArray>& arrays, const EvaluateOptions& options) {
  data::Arrays inputs;
  for (const auto& [key, array] : arrays) inputs.emplace(key, checked(key, array));
  const data::Evaluator evaluator = evaluator_of(options);
  return result_of(evaluator.evaluate(inputs, data_options(options, evaluator.metric())));
}

EvaluateResult evaluate(const std::vector<std::vector<std::string>>& seq_ref,
                        const std::vector<std::vector<std::string>>& seq_pred,
                        const EvaluateOptions& options) {
  return result_of(evaluator_of(options).evaluate(token_lists(seq_ref), token_lists(seq_pred)));
}

EvaluateFormat evaluate_format(const EvaluateOptions& options) {
  const data::Evaluator evaluator = evaluator_of(options);
  return {evaluator.expected_input_format(), evaluator.expected_output_format()};
}

}  // namespace weft
