// Areas and precisions against counting every pair, and what is refused.
#include "data/metrics/metrics_binary.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "data/metrics/radix_sort.hpp"
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

double area(const std::vector<double>& labels, const std::vector<double>& scores, std::int64_t tasks = 1) {
  return rocauc(matrix_of(labels, tasks), matrix_of(scores, tasks), 1);
}
double precision(const std::vector<double>& labels, const std::vector<double>& scores,
                 std::int64_t tasks = 1) {
  return average_precision(matrix_of(labels, tasks), matrix_of(scores, tasks), 1);
}

/// One task by the definitions; ties are settled pair by pair.
struct Reference {
  double area = 0.0, precision = 0.0;

  Reference(const std::vector<double>& labels, const std::vector<double>& scores) {
    double pairs = 0.0, positives = 0.0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] != 1.0) continue;
      ++positives;
      double right = 0.0, taken = 0.0;  // among rows that score at least as high
      for (std::size_t j = 0; j < labels.size(); ++j) {
        if (labels[j] == 0.0) {
          ++pairs;
          area += scores[i] > scores[j] ? 1.0 : scores[i] == scores[j] ? 0.5 : 0.0;
        }
        if (labels[j] == labels[j] && scores[j] >= scores[i]) {
          ++taken;
          right += labels[j];
        }
      }
      precision += right / taken;
    }
    area /= pairs;
    precision /= positives;
  }
};

TEST(BinaryMetrics, AreTheShareOfPairsAndTheMeanPrecision) {
  EXPECT_EQ(area({0, 0, 1, 1}, {0.1, 0.4, 0.35, 0.8}), 0.75);
  EXPECT_EQ(precision({0, 0, 1, 1}, {0.1, 0.4, 0.35, 0.8}), (1.0 + 2.0 / 3.0) / 2.0);
  EXPECT_EQ(area({1, 0, 0}, {0.0, -0.0, -1}), 0.75);  // -0.0 equals 0.0
  EXPECT_EQ(area({1, 0, 1, 0}, {2, 2, 2, 2}), 0.5);
  EXPECT_EQ(precision({1, 0, 0, 1, 0}, {2, 2, 2, 2, 2}), 0.4);
}

TEST(BinaryMetrics, AgreeWithEveryPairCounted) {
  WEFT_TEST_RANDOM(random);
  for (const int n : {2, 3, 7, 64, 300}) {
    for (const int values : {2, 5, 1'000'000}) {  // many ties, few, none
      std::vector<double> labels, scores;
      for (int i = 0; i < n; ++i) {
        labels.push_back(i < 2 ? i : random.below(5) == 0 ? kNan : static_cast<double>(random.below(2)));
        scores.push_back((static_cast<double>(random.below(values)) - values / 2) / 8.0);
      }
      const Reference reference(labels, scores);
      EXPECT_NEAR(area(labels, scores), reference.area, 1e-14);
      EXPECT_NEAR(precision(labels, scores), reference.precision, 1e-14);
    }
  }
}

TEST(BinaryMetrics, TakeEveryType) {
  const std::vector<std::int64_t> labels{0, 1, 1, 0, 1};
  const std::vector<std::uint8_t> small_labels{0, 1, 1, 0, 1};
  const std::vector<float> float_labels{0, 1, 1, 0, 1};
  const std::vector<double> doubles{-3, -1, 2, 2, 250};
  const std::vector<float> floats{-3, -1, 2, 2, 250};
  const std::vector<std::int64_t> longs{-3, -1, 2, 2, 250};
  const std::vector<std::int32_t> ints{-3, -1, 2, 2, 250};
  const std::vector<std::uint8_t> bytes{0, 1, 2, 2, 250};
  const std::vector<std::uint16_t> bf16{0xC040, 0xBF80, 0x4000, 0x4000, 0x437A};
  const double wanted = 4.5 / 6.0;
  for (const Array& y_true : {matrix_of(labels), matrix_of(small_labels), matrix_of(float_labels)}) {
    for (const Array& y_pred : {matrix_of(doubles), matrix_of(floats), matrix_of(longs), matrix_of(ints),
                                matrix_of(bytes), Array{DType::kBf16, {5, 1}, bf16.data()}}) {
      EXPECT_EQ(rocauc(y_true, y_pred, 1), wanted);
    }
  }
}

TEST(BinaryMetrics, KeepCloseScoresApart) {
  EXPECT_EQ(area({0, 1}, {1.0, 1.0 + 1e-15}), 1.0);  // the same float
  EXPECT_EQ(area({0, 1}, {5e-324, 1e-323}), 1.0);    // denormal
  EXPECT_EQ(area({0, 1}, {-1e308, 1e308}), 1.0);
  const std::vector<std::int64_t> labels{0, 1}, scores{1ll << 53, (1ll << 53) + 1};  // the same double
  EXPECT_EQ(rocauc(matrix_of(labels), matrix_of(scores), 1), 1.0);
}

TEST(BinaryMetrics, SkipTasksThatLackAClassBeforeLookingAtThem) {
  // Task 0 is good; task 1 has positives only, a third label and a NaN score.
  EXPECT_EQ(area({0, 1, 1, 1, 1, 7}, {1, kNan, 2, 1, 0, 3}, 2), 0.5);
  EXPECT_EQ(precision({0, 1, 1, 1, 1, 7}, {1, kNan, 2, 1, 0, 3}, 2), (1.0 + 2.0 / 3.0) / 2.0);
  EXPECT_EQ(area({0, 1, kNan}, {1, 2, kNan}), 1.0);  // a score without label may be anything
}

TEST(BinaryMetrics, RefuseByTaskAndRow) {
  const auto refused = [](const std::string& part, const std::vector<double>& labels,
                          const std::vector<double>& scores, std::int64_t tasks = 1) {
    expect_error(ErrorCode::kInvalidArgument, "rocauc: " + part, [&] { area(labels, scores, tasks); });
    expect_error(ErrorCode::kInvalidArgument, "ap: " + part, [&] { precision(labels, scores, tasks); });
  };
  refused("none of 1 tasks has both", {1, 1}, {1, 2});
  refused("none of 1 tasks has both", {-1, 1}, {1, 2});
  refused("none of 2 tasks has both", {}, {}, 2);
  refused("row 2 of task 0 has label 2; labels are", {0, 1, 2}, {1, 2, 3});
  refused("row 2 of task 0 has label 0.5", {0, 1, 0.5}, {1, 2, 3});
  refused("row 2 of task 0 has label inf", {0, 1, kInfinity}, {1, 2, 3});
  refused("row 1 of task 0 has score nan", {0, 1}, {1, kNan});
  refused("row 0 of task 0 has score -inf", {0, 1}, {-kInfinity, 1});
  refused("row 1 of task 1 has score nan", {0, 0, 1, 1}, {1, 2, 3, kNan}, 2);
  expect_error(ErrorCode::kInvalidArgument, "rocauc: y_true and y_pred must be matrices", [] {
    area({0, 1}, {1});
  });
  expect_error(ErrorCode::kUnsupported, "5000000000 rows; at most 4294967296", [] {
    const Array huge{DType::kU8, {5'000'000'000, 1}, nullptr};
    rocauc(huge, huge, 1);
  });
}

TEST(BinaryMetrics, AreTheSameBitsAndErrorsAtAnyNumberOfThreads) {
  WEFT_TEST_RANDOM(random);
  constexpr std::int64_t kTasks = 37;
  std::vector<float> labels, scores;
  for (int i = 0; i < 500 * kTasks; ++i) {
    labels.push_back(static_cast<float>(random.below(2)));
    scores.push_back(static_cast<float>(random.below(100)) / 7.0f);
  }
  const auto both = [&](int threads) {
    return std::pair(rocauc(matrix_of(labels, kTasks), matrix_of(scores, kTasks), threads),
                     average_precision(matrix_of(labels, kTasks), matrix_of(scores, kTasks), threads));
  };
  const auto one = both(1);
  for (const int threads : {2, 3, 8}) EXPECT_EQ(both(threads), one);
  labels[100 * kTasks + 30] = 3;
  labels[200 * kTasks + 9] = 3;
  for (const int threads : {1, 2, 5}) {
    expect_error(ErrorCode::kInvalidArgument, "row 200 of task 9 ", [&] { both(threads); });
  }
}

TEST(RocaucOfPairs, ComparesInTheCommonType) {
  const std::vector<float> positives{0.1f, 3};
  const std::vector<double> negatives{0.1, 1, 1};
  // As doubles 0.1f > 0.1; as floats they would be equal.
  EXPECT_EQ(rocauc_of_pairs(vector_of(positives), vector_of(negatives)), 4.0 / 6.0);
  EXPECT_EQ(rocauc_of_pairs(vector_of(positives), vector_of(positives)), 0.5);
  const auto refused = [](const std::string& part, const std::vector<double>& p,
                          const std::vector<double>& n) {
    expect_error(ErrorCode::kInvalidArgument, part, [&] { rocauc_of_pairs(vector_of(p), vector_of(n)); });
  };
  refused("0 positives and 1 negatives", {}, {1});
  refused("1 positives and 0 negatives", {1}, {});
  refused("y_pred_pos: score 1 is nan", {1, kNan}, {1});
  refused("y_pred_neg: score 0 is inf", {1}, {kInfinity});
}

TEST(RadixSort, SortsWideKeysAndKeepsOrderAmongEqualOnes) {
  struct Record {
    std::uint64_t key;
    int place;
  };
  WEFT_TEST_RANDOM(random);
  const auto wide = [&] { return static_cast<std::uint64_t>(random.below(std::int64_t{1} << 62)) * 4; };
  for (const std::size_t n : {0u, 1u, 2u, 5000u}) {
    std::vector<Record> records(n), scratch(n);
    for (std::size_t i = 0; i < n; ++i) {
      records[i] = {i % 3 == 0 ? wide() : wide() % 50, static_cast<int>(i)};
    }
    std::vector<Record> wanted = records;
    std::stable_sort(wanted.begin(), wanted.end(),
                     [](const Record& a, const Record& b) { return a.key < b.key; });
    const Record* sorted = radix_sort(records.data(), scratch.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_EQ(sorted[i].key, wanted[i].key);
      ASSERT_EQ(sorted[i].place, wanted[i].place);
    }
  }
}

}  // namespace
}  // namespace weft::data
