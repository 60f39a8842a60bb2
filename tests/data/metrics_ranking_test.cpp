// Ranks and hits by hand, against naive counting, and what is refused.
#include "data/metrics/metrics_ranking.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/arrays.hpp"
#include "tests/support/files.hpp"
#include "tests/support/random.hpp"

namespace weft::data {
namespace {

using testing::expect_error;
using testing::kInfinity;
using testing::kNan;
using testing::matrix_of;
using testing::vector_of;
using Doubles = std::vector<double>;
using Floats = std::vector<float>;

double hits(std::int64_t k, const Doubles& positives, const Doubles& negatives) {
  return hits_at(k, vector_of(positives), vector_of(negatives));
}

TEST(Hits, AreStrictlyAboveTheKthNegative) {
  EXPECT_EQ(hits(2, {5, 3, 1}, {4, 3, 2}), 1.0 / 3.0);  // equal to the 2nd is a miss
  EXPECT_EQ(hits(2, {5, 3, 4}, {4, 4, 2}), 1.0 / 3.0);  // equal negatives count one by one
  EXPECT_EQ(hits(3, {5, 3}, {4, 3, 2}), 1.0);
  EXPECT_EQ(hits(4, {-9}, {4, 3, 2}), 1.0);  // fewer than K negatives
  EXPECT_EQ(hits(1, {-9}, {}), 1.0);
  EXPECT_EQ(hits(1, {kInfinity, 0}, {-kInfinity}), 1.0);
  EXPECT_EQ(hits(1, {-0.0}, {0.0}), 0.0);
}

TEST(Hits, AgreeWithASort) {
  WEFT_TEST_RANDOM(random);
  Doubles positives(200), negatives(1000);
  for (double& score : positives) score = static_cast<double>(random.below(60));
  for (double& score : negatives) score = static_cast<double>(random.below(50));
  Doubles sorted = negatives;
  std::sort(sorted.rbegin(), sorted.rend());
  for (const std::size_t k : {1u, 2u, 50u, 999u, 1000u}) {
    const auto above =
        std::count_if(positives.begin(), positives.end(), [&](double p) { return p > sorted[k - 1]; });
    EXPECT_EQ(hits(static_cast<std::int64_t>(k), positives, negatives), static_cast<double>(above) / 200.0);
  }
}

TEST(Hits, CompareInTheCommonType) {
  const Floats floats{0.1f};
  const Doubles doubles{0.1};
  EXPECT_EQ(hits_at(1, vector_of(floats), vector_of(doubles)), 1.0);  // 0.1f is above 0.1
  const std::vector<std::int64_t> longs{(1ll << 53) + 1};
  const std::vector<std::int64_t> others{1ll << 53};
  EXPECT_EQ(hits_at(1, vector_of(longs), vector_of(others)), 1.0);
  const std::vector<std::uint8_t> bytes{3};
  const std::vector<std::int32_t> ints{-1};
  EXPECT_EQ(hits_at(1, vector_of(bytes), vector_of(ints)), 1.0);
}

TEST(Hits, RefuseWhatIsNoNumberOrEmpty) {
  const auto refused = [](const std::string& part, std::int64_t k, const Doubles& p, const Doubles& n) {
    expect_error(ErrorCode::kInvalidArgument, part, [&] { hits(k, p, n); });
  };
  refused("K is 0", 0, {1}, {1});
  refused("y_pred_pos is empty", 1, {}, {1});
  refused("y_pred_pos is empty", 3, {}, {1});
  refused("y_pred_pos: score 1 is not a number", 1, {1, kNan}, {1});
  refused("y_pred_neg: score 2 is not a number", 1, {1}, {1, 2, kNan});
  refused("y_pred_neg: score 0 is not a number", 5, {1}, {kNan});
}

TEST(Ranks, AreTheMeanOfTheBestAndTheWorstPlace) {
  const Floats positives{2, 2, 2, 2, 0.0f};
  const Floats negatives{1, 0, 3, 1, 2, 1, 2, 2, -0.0f, -1};
  const Doubles ranks = mean_ranks(vector_of(positives), matrix_of(negatives, 2), 1);
  EXPECT_EQ(ranks, (Doubles{1, 2, 1.5, 2, 1.5}));
  EXPECT_EQ(hits_list(ranks, 1), (Floats{1, 0, 0, 0, 0}));
  EXPECT_EQ(hits_list(ranks, 1.5), (Floats{1, 0, 1, 0, 1}));
  EXPECT_EQ(reciprocal_list({1, 3, 1.5, 501}), (Floats{1, 1.0f / 3.0f, 1.0f / 1.5f, 1.0f / 501.0f}));
  EXPECT_EQ(mean({1, 0.5f, 0.75f}), 0.75);
  EXPECT_EQ(mean_ranks({DType::kF32, {2}, positives.data()}, {DType::kF32, {2, 0}, nullptr}, 2),
            (Doubles{1, 1}));
  EXPECT_EQ(mean_ranks({DType::kF32, {0}, nullptr}, {DType::kF32, {0, 5}, nullptr}, 2), Doubles{});
}

TEST(Ranks, AreTheSameAtAnyNumberOfThreadsAndTypes) {
  WEFT_TEST_RANDOM(random);
  constexpr std::int64_t kRows = 700, kCandidates = 333;
  Floats positives(kRows), negatives(kRows * kCandidates);
  for (float& score : positives) score = static_cast<float>(random.below(40));
  for (float& score : negatives) score = static_cast<float>(random.below(40));
  Doubles wanted;
  for (std::int64_t row = 0; row < kRows; ++row) {
    double rank = 1;
    for (std::int64_t j = 0; j < kCandidates; ++j) {
      const float negative = negatives[row * kCandidates + j];
      rank += negative > positives[row] ? 1.0 : negative == positives[row] ? 0.5 : 0.0;
    }
    wanted.push_back(rank);
  }
  for (const int threads : {1, 2, 7}) {
    EXPECT_EQ(mean_ranks(vector_of(positives), matrix_of(negatives, kCandidates), threads), wanted);
  }
  const Doubles as_doubles(positives.begin(), positives.end());
  const std::vector<std::uint8_t> as_bytes(negatives.begin(), negatives.end());
  EXPECT_EQ(mean_ranks(vector_of(as_doubles), matrix_of(negatives, kCandidates), 2), wanted);
  EXPECT_EQ(mean_ranks(vector_of(positives), matrix_of(as_bytes, kCandidates), 2), wanted);
}

TEST(Ranks, RefuseByRow) {
  const auto refused = [](const std::string& part, const Doubles& positives, const Doubles& negatives) {
    expect_error(ErrorCode::kInvalidArgument, part,
                 [&] { mean_ranks(vector_of(positives), matrix_of(negatives, 2), 2, 100); });
  };
  refused("y_pred_pos: row 101 is not a number", {1, kNan}, {1, 2, 3, 4});
  refused("y_pred_neg: row 101 has 2 scores that are not numbers", {1, 2}, {1, 2, kNan, kNan});
  refused("must be [n]", {1}, {1, 2, 3, 4});
  refused("must be [n]", {1, 2}, {1, 2});
  expect_error(ErrorCode::kInvalidArgument, "no rows to average", [] { mean({}); });
}

}  // namespace
}  // namespace weft::data
