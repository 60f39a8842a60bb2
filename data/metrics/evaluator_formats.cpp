// What evaluators want and give, in words. OGB has such texts too; these are Weft's own.
#include "data/metrics/evaluator.hpp"

namespace weft::data {
namespace {

using Form = Evaluator::Form;

std::string shape(const Evaluator& evaluator) {
  return "[rows, " + std::to_string(evaluator.num_tasks()) + "]";
}

std::string values_text(const std::string& metric) {
  if (metric == "acc") return "classes, compared as numbers; a label NaN means no label";
  if (metric == "rmse") return "values to compare; a label NaN means no label";
  return "labels 1, 0 or NaN (no label), and any finite scores, higher for 1";
}

std::string matrices_text(const Evaluator& evaluator) {
  return "y_true, y_pred: two matrices " + shape(evaluator) +
         ", a row per node or graph and a column per task: " + values_text(evaluator.metric()) +
         ".\n"
         "  .npz  arrays y_true and y_pred, whole numbers or floats\n"
         "  .csv  a header y_true,y_pred (or y_true_0,y_true_1,...,y_pred_0,y_pred_1,...), then a line per "
         "row; an\n"
         "        empty field is NaN\n";
}

constexpr const char* kPairsText =
    "y_pred_pos, y_pred_neg: two vectors, scores of edges that are there and of edges that are not; they may "
    "differ\n"
    "in length.\n"
    "  .npz  arrays y_pred_pos and y_pred_neg, whole numbers or floats\n"
    "  .csv  a header y_true,y_pred, then a line per edge: 1 or 0, and the score\n";

constexpr const char* kRanksText =
    "y_pred_pos, y_pred_neg: a vector [n], scores of edges that are there, and a matrix [n, candidates], "
    "scores of\n"
    "the edges that each is ranked among. Or twice that, for replaced heads and for replaced tails: "
    "y_pred_pos_head,\n"
    "y_pred_neg_head, y_pred_pos_tail, y_pred_neg_tail; the rows of heads then come first.\n"
    "  .npz  arrays by these names, whole numbers or floats\n"
    "  .csv  a header y_pred_pos,y_pred_neg_0,y_pred_neg_1,... (with heads and tails, the columns of all "
    "four), then\n"
    "        a line per edge\n";

constexpr const char* kTokensText =
    "seq_ref, seq_pred: for each sample the list of true and of predicted tokens; order and repetition do "
    "not count.\n"
    "  .json an object {\"seq_ref\": [[\"get\", \"name\"], ...], \"seq_pred\": [[\"get\"], ...]}\n";

}  // namespace

std::string Evaluator::expected_input_format() const {
  switch (form_) {
    case Form::kMatrices:
      return matrices_text(*this);
    case Form::kRanks:
      return kRanksText;
    case Form::kTokens:
      return kTokensText;
    case Form::kHits:
    case Form::kPairs:
      break;
  }
  return kPairsText;
}

std::string Evaluator::expected_output_format() const {
  if (metric_ == "acc") return "acc: share of labelled rows that are right, the mean over tasks.\n";
  if (metric_ == "rmse") return "rmse: root of the mean square difference, the mean over tasks.\n";
  if (metric_ == "ap")
    return "ap: average precision, the mean over tasks that have a label 1 and a label 0.\n";
  if (form_ == Form::kMatrices) {
    return "rocauc: area under the ROC curve, the mean over tasks that have a label 1 and a label 0.\n";
  }
  if (form_ == Form::kPairs) return "rocauc: area under the ROC curve.\n";
  if (form_ == Form::kHits) {
    const std::string k = std::to_string(k_);
    return metric_ + ": share of positives above the " + k + "-th highest negative; 1 with fewer than " + k +
           " negatives.\n";
  }
  if (form_ == Form::kTokens)
    return "precision, recall, F1: of each sample's sets of tokens, the mean over samples.\n";
  return "hits@1, hits@3, hits@10, mrr: shares of rows ranked 1, up to 3 and up to 10, and the mean of 1 / "
         "rank; the\n"
         "rank of equal scores is the mean of the best and the worst. With --lists the values of every row "
         "instead:\n"
         "hits@1_list, hits@3_list, hits@10_list, mrr_list.\n";
}

}  // namespace weft::data
