#include "data/metrics/evaluator.hpp"

#include <algorithm>
#include <charconv>

#include "data/base/aligned.hpp"
#include "data/metrics/metrics.hpp"
#include "data/metrics/metrics_binary.hpp"
#include "data/metrics/metrics_ranking.hpp"
#include "data/registry.hpp"

namespace weft::data {
namespace {

using Form = Evaluator::Form;

constexpr std::string_view kHitsAt = "hits@";
constexpr std::int64_t kStreamBytes = 4 << 20;  // of y_pred_neg at a time, when it has to be decoded

const DatasetSpec& known(const std::string& dataset) {
  const DatasetSpec* spec = find_dataset(dataset);
  if (spec != nullptr) return *spec;
  fail(ErrorCode::kNotFound, unknown_dataset_text(dataset), " (`weft datasets` lists all)");
}

std::int64_t hits_k(const std::string& metric) {
  const char* const end = metric.data() + metric.size();
  std::int64_t k = 0;
  const auto read = std::from_chars(metric.data() + kHitsAt.size(), end, k);
  WEFT_CHECK(read.ec == std::errc() && read.ptr == end && k >= 1, "metric '", metric,
             "': K must be a whole number from 1 on, as in hits@20");
  return k;
}

Form form_of(const std::string& metric, std::int64_t num_tasks) {
  if (metric.rfind(kHitsAt, 0) == 0) return Form::kHits;
  if (metric == "mrr") return Form::kRanks;
  if (metric == "F1") return Form::kTokens;
  if (metric == "rocauc" && num_tasks == 0) return Form::kPairs;
  if (metric == "acc" || metric == "rocauc" || metric == "ap" || metric == "rmse") return Form::kMatrices;
  fail(ErrorCode::kNotFound, "no metric is called '", metric,
       "'; there are acc, rocauc, ap, rmse, hits@K, mrr, F1");
}

std::string shape_text(const FileArray& array) {
  std::string text = "[";
  for (const std::int64_t size : array.shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

const FileArray& input(const FileArrays& inputs, const std::string& key) {
  const auto found = inputs.find(key);
  if (found != inputs.end()) return found->second;
  std::string keys;
  for (const auto& [name, array] : inputs) keys += (keys.empty() ? "" : ", ") + name;
  fail(ErrorCode::kInvalidArgument, "there is no '", key, "' among the inputs; there is ",
       keys.empty() ? "none" : keys, "; --format tells what is wanted");
}

void check_dimensions(const FileArray& array, const std::string& key, std::size_t wanted) {
  WEFT_CHECK(array.shape.size() == wanted, key, " is ", shape_text(array), "; give ",
             wanted == 1 ? "a vector, one score each" : "a matrix, one row of candidates per positive");
}

LoadedArray load(const FileArray& array) {
  if (array.count() == 0) return {{array.dtype, array.shape, nullptr}, nullptr};
  return array.load();
}

FileArray in_memory(const std::string& name, const Array& array) {
  FileArray result;
  result.where = name;
  result.dtype = array.dtype;
  result.shape = array.shape;
  result.in_place.array = array;
  return result;
}

/// Rows [first, first + count) of a vector.
Array slice(const Array& vector, std::int64_t first, std::int64_t count) {
  const auto* bytes = static_cast<const std::byte*>(vector.data);
  return {vector.dtype, {count}, bytes + static_cast<std::size_t>(first) * dtype_bytes(vector.dtype)};
}

/// Decodes a few rows of `negatives` at a time, so that they are never held whole.
std::vector<double> streamed_ranks(const Array& positives, const FileArray& negatives, int threads) {
  const std::int64_t rows = negatives.shape[0], candidates = negatives.shape[1];
  const auto row_bytes = candidates * static_cast<std::int64_t>(dtype_bytes(negatives.dtype));
  const std::int64_t step = std::min(rows, std::max<std::int64_t>(1, kStreamBytes / row_bytes));
  const auto buffer = aligned_bytes(static_cast<std::size_t>(step * row_bytes));
  const auto cursor = negatives.open(0);
  std::vector<double> ranks;
  for (std::int64_t first = 0; first < rows; first += step) {
    const std::int64_t count = std::min(step, rows - first);
    if (cursor->read(buffer.get(), count * candidates) != count * candidates) {
      fail(ErrorCode::kBadData, negatives.where, ": ends before its ", rows, " rows; write the file again");
    }
    const Array block{negatives.dtype, {count, candidates}, buffer.get()};
    const std::vector<double> some = mean_ranks(slice(positives, first, count), block, threads, first);
    ranks.insert(ranks.end(), some.begin(), some.end());
  }
  return ranks;
}

/// Ranks of one pair of inputs, appended.
void append_ranks(const FileArrays& inputs, const std::string& end, int threads, std::vector<double>& ranks) {
  const FileArray& positives = input(inputs, "y_pred_pos" + end);
  const FileArray& negatives = input(inputs, "y_pred_neg" + end);
  check_dimensions(positives, "y_pred_pos" + end, 1);
  check_dimensions(negatives, "y_pred_neg" + end, 2);
  WEFT_CHECK(positives.shape[0] == negatives.shape[0], "y_pred_pos", end, " is ", shape_text(positives),
             " but y_pred_neg", end, " is ", shape_text(negatives),
             "; give one row of negatives per positive");
  const LoadedArray loaded = load(positives);
  const bool at_hand = negatives.count() == 0 || negatives.in_place.array.data != nullptr;
  const std::vector<double> some = at_hand ? mean_ranks(loaded.array, load(negatives).array, threads)
                                           : streamed_ranks(loaded.array, negatives, threads);
  ranks.insert(ranks.end(), some.begin(), some.end());
}

/// Heads and tails are ranked among their own candidates, and their rows follow each other.
std::vector<double> all_ranks(const FileArrays& inputs, int threads) {
  std::vector<std::string> keys;
  for (const auto& [key, array] : inputs) keys.push_back(key);
  std::vector<double> ranks;
  for (const std::string& end : rank_key_ends(keys)) append_ranks(inputs, end, threads, ranks);
  return ranks;
}

template <class Value>
const Value& find(const std::vector<std::pair<std::string, Value>>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
  if (found == all.end()) fail(ErrorCode::kNotFound, "the evaluation has no '", name, "'");
  return found->second;
}

}  // namespace

double Evaluation::score(const std::string& name) const { return find(scores, name); }
const std::vector<float>& Evaluation::list(const std::string& name) const { return find(lists, name); }

Evaluation evaluation_of_ranks(const std::vector<double>& ranks, bool lists) {
  Evaluation evaluation;
  evaluation.lists = {{"hits@1_list", hits_list(ranks, 1)},
                      {"hits@3_list", hits_list(ranks, 3)},
                      {"hits@10_list", hits_list(ranks, 10)},
                      {"mrr_list", reciprocal_list(ranks)}};
  if (lists) return evaluation;
  WEFT_CHECK(!ranks.empty(), "mrr: there are no rows to average");
  for (const auto& [name, list] : evaluation.lists) {
    evaluation.scores.emplace_back(name.substr(0, name.rfind('_')), mean(list));
  }
  evaluation.lists.clear();
  return evaluation;
}

std::vector<std::string> rank_key_ends(const std::vector<std::string>& keys) {
  const auto given = [&](const std::string& end) {
    return std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
      return key == "y_pred_pos" + end || key == "y_pred_neg" + end;
    });
  };
  if (!given("_head") && !given("_tail")) return {""};
  WEFT_CHECK(!given(""), "y_pred_pos or y_pred_neg is given beside those of heads and tails; give one form");
  return {"_head", "_tail"};
}

std::vector<std::string> input_keys(Form form) {
  switch (form) {
    case Form::kMatrices:
      return {"y_true", "y_pred"};
    case Form::kRanks:
      return {"y_pred_pos",      "y_pred_neg",      "y_pred_pos_head",
              "y_pred_neg_head", "y_pred_pos_tail", "y_pred_neg_tail"};
    case Form::kTokens:
      return {"seq_ref", "seq_pred"};
    case Form::kHits:
    case Form::kPairs:
      break;
  }
  return {"y_pred_pos", "y_pred_neg"};
}

Evaluator::Evaluator(const std::string& dataset)
    : Evaluator(std::string(known(dataset).metric), known(dataset).num_tasks) {}

Evaluator::Evaluator(std::string metric, std::int64_t num_tasks)
    : metric_(std::move(metric)), num_tasks_(num_tasks), form_(form_of(metric_, num_tasks)) {
  if (form_ == Form::kHits) k_ = hits_k(metric_);
  WEFT_CHECK(form_ != Form::kMatrices || num_tasks_ > 0, "metric ", metric_, ": ", num_tasks_,
             " tasks; at least one is needed");
}

Evaluation Evaluator::evaluate_matrices(const FileArrays& inputs, const EvaluateOptions& options) const {
  const FileArray& y_true = input(inputs, "y_true");
  const FileArray& y_pred = input(inputs, "y_pred");
  WEFT_CHECK(y_true.shape == y_pred.shape, "y_true is ", shape_text(y_true), " but y_pred is ",
             shape_text(y_pred), "; give one prediction per label");
  WEFT_CHECK(y_true.shape.size() == 2, "y_true and y_pred are ", shape_text(y_true),
             "; give matrices [rows, tasks]");
  WEFT_CHECK(y_true.shape[1] == num_tasks_, "y_true has ", y_true.shape[1], " columns but there are ",
             num_tasks_, " tasks");
  const LoadedArray labels = load(y_true), predictions = load(y_pred);
  const auto score = [&] {
    if (metric_ == "acc") return accuracy(labels.array, predictions.array);
    if (metric_ == "rmse") return root_mean_square_error(labels.array, predictions.array);
    if (metric_ == "ap") return average_precision(labels.array, predictions.array, options.threads);
    return rocauc(labels.array, predictions.array, options.threads);
  };
  return {{{metric_, score()}}, {}};
}

Evaluation Evaluator::evaluate_pairs(const FileArrays& inputs) const {
  const FileArray& positives = input(inputs, "y_pred_pos");
  const FileArray& negatives = input(inputs, "y_pred_neg");
  check_dimensions(positives, "y_pred_pos", 1);
  check_dimensions(negatives, "y_pred_neg", 1);
  const LoadedArray pos = load(positives), neg = load(negatives);
  return {{{metric_, form_ == Form::kHits ? hits_at(k_, pos.array, neg.array)
                                          : rocauc_of_pairs(pos.array, neg.array)}},
          {}};
}

Evaluation Evaluator::evaluate(const FileArrays& inputs, const EvaluateOptions& options) const {
  switch (form_) {
    case Form::kMatrices:
      return evaluate_matrices(inputs, options);
    case Form::kRanks:
      return evaluation_of_ranks(all_ranks(inputs, options.threads), options.lists);
    case Form::kHits:
    case Form::kPairs:
      return evaluate_pairs(inputs);
    case Form::kTokens:
      break;
  }
  fail(ErrorCode::kInvalidArgument, metric_, ": arrays were given where lists of texts are wanted");
}

Evaluation Evaluator::evaluate(const Arrays& inputs, const EvaluateOptions& options) const {
  FileArrays arrays;
  for (const auto& [name, array] : inputs) arrays.emplace(name, in_memory(name, array));
  return evaluate(arrays, options);
}

Evaluation Evaluator::evaluate(const TokenLists& seq_ref, const TokenLists& seq_pred) const {
  WEFT_CHECK(form_ == Form::kTokens, metric_, ": lists of texts were given where arrays are wanted");
  const TokenScores scores = token_scores(seq_ref, seq_pred);
  return {{{"precision", scores.precision}, {"recall", scores.recall}, {"F1", scores.f1}}, {}};
}

}  // namespace weft::data
