// Token lists as sets, by hand.
#include "data/metrics/metrics_tokens.hpp"

#include <gtest/gtest.h>

#include "tests/support/files.hpp"

namespace weft::data {
namespace {

using testing::expect_error;
using Lists = std::vector<std::vector<std::string>>;

TokenLists lists(const Lists& all) {
  TokenLists result;
  for (const auto& tokens : all) {
    result.begin_list();
    for (const std::string& token : tokens) result.add(token);
  }
  return result;
}

TokenScores scores(const Lists& reference, const Lists& prediction) {
  return token_scores(lists(reference), lists(prediction));
}

void expect_scores(const TokenScores& got, double precision, double recall, double f1) {
  EXPECT_DOUBLE_EQ(got.precision, precision);
  EXPECT_DOUBLE_EQ(got.recall, recall);
  EXPECT_DOUBLE_EQ(got.f1, f1);
}

TEST(TokenScores, CompareSets) {
  expect_scores(scores({{"get", "name"}}, {{"name", "get"}}), 1, 1, 1);
  expect_scores(scores({{"a", "a", "b"}}, {{"a", "c", "c", "a"}}), 0.5, 0.5, 0.5);
  expect_scores(scores({{"a", "b", "c"}}, {{"a", "b"}}), 1, 2.0 / 3.0, 0.8);
  expect_scores(scores({{"a", "z"}}, {{"z"}}), 1, 0.5, 2.0 / 3.0);
  expect_scores(scores({{"z"}}, {{"a", "z"}}), 0.5, 1, 2.0 / 3.0);
  expect_scores(scores({{"Get"}}, {{"get"}}), 0, 0, 0);
  expect_scores(scores({{"ab", "c"}}, {{"a", "bc"}}), 0, 0, 0);  // tokens, not their letters
  expect_scores(scores({{""}}, {{"", ""}}), 1, 1, 1);            // an empty token is one
}

TEST(TokenScores, AreZeroWhereASideIsEmpty) {
  expect_scores(scores({{"a"}}, {{}}), 0, 0, 0);
  expect_scores(scores({{}}, {{"a"}}), 0, 0, 0);
  expect_scores(scores({{}}, {{}}), 0, 0, 0);
}

TEST(TokenScores, AreMeansOverSamples) {
  expect_scores(scores({{"a"}, {"b", "c"}, {}}, {{"a"}, {"b"}, {"x"}}), 2.0 / 3.0, 1.5 / 3.0,
                (1.0 + 2.0 * 0.5 / 1.5) / 3.0);
}

TEST(TokenScores, RefuseListsThatDoNotMatch) {
  const auto refused = [](const std::string& part, const Lists& reference, const Lists& prediction) {
    expect_error(ErrorCode::kInvalidArgument, part, [&] { scores(reference, prediction); });
  };
  refused("seq_ref has 2 samples but seq_pred has 1", {{}, {}}, {{}});
  refused("no samples", {}, {});
}

}  // namespace
}  // namespace weft::data
