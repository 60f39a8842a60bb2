// Scores of predictions in a program's own memory, through the public interface.
#include <gtest/gtest.h>

#include "engine/include/weft/weft.hpp"
#include "tests/support/files.hpp"

namespace weft {
namespace {

using testing::expect_error;

EvaluateOptions by(const std::string& metric, std::int64_t num_tasks = 1) {
  EvaluateOptions options;
  options.metric = metric;
  options.num_tasks = num_tasks;
  return options;
}

TEST(Evaluate, ScoresArraysInMemory) {
  const std::vector<std::int64_t> labels{0, 0, 1, 1};
  const std::vector<float> scores{0.1f, 0.4f, 0.35f, 0.8f};
  const std::map<std::string, ScoreArray> arrays{{"y_true", {DType::kI64, {4, 1}, labels.data()}},
                                                 {"y_pred", {DType::kF32, {4, 1}, scores.data()}}};
  const EvaluateResult result = evaluate(arrays, by("rocauc"));
  ASSERT_EQ(result.scores.size(), 1u);
  EXPECT_EQ(result.scores[0], (std::pair<std::string, double>("rocauc", 0.75)));
  EXPECT_EQ(to_json(result), "{\n  \"rocauc\": 0.75\n}");
  EvaluateOptions options;
  options.dataset = "ogbg-molhiv";
  EXPECT_EQ(evaluate(arrays, options).scores, result.scores);
}

TEST(Evaluate, ScoresTokenListsInMemory) {
  const EvaluateResult result = evaluate({{"a", "b"}, {"c"}}, {{"a"}, {"c"}}, by("F1"));
  ASSERT_EQ(result.scores.size(), 3u);
  EXPECT_EQ(result.scores[0], (std::pair<std::string, double>("precision", 1.0)));
  EXPECT_EQ(result.scores[1], (std::pair<std::string, double>("recall", 0.75)));
  EXPECT_EQ(result.scores[2].first, "F1");
}

TEST(Evaluate, DescribesItself) {
  const EvaluateFormat format = evaluate_format(by("hits@7"));
  EXPECT_EQ(format.input.back(), '\n');
  EXPECT_NE(format.output.find("hits@7: "), std::string::npos);
}

TEST(Evaluate, RefusesWhatMemoryCannotHold) {
  const auto refused = [](const std::string& part, const ScoreArray& array, EvaluateOptions options) {
    expect_error(ErrorCode::kInvalidArgument, part, [&] {
      evaluate(std::map<std::string, ScoreArray>{{"y_true", array}, {"y_pred", array}}, options);
    });
  };
  const double value = 1.0;
  refused("y_pred has a shape that no memory holds", {DType::kF64, {-1, 1}, &value}, by("acc"));
  refused("y_pred has a shape", {DType::kF64, {1ll << 62, 1ll << 62}, &value}, by("acc"));
  refused("y_pred has no data", {DType::kF64, {1, 1}, nullptr}, by("acc"));
  refused("give either a dataset or a metric", {DType::kF64, {1, 1}, &value}, {});
  EvaluateOptions both = by("acc");
  both.dataset = "ogbn-arxiv";
  refused("give either a dataset or a metric", {DType::kF64, {1, 1}, &value}, both);
  EvaluateOptions threads = by("acc");
  threads.threads = -1;
  refused("threads is -1", {DType::kF64, {1, 1}, &value}, threads);
}

}  // namespace
}  // namespace weft
