#include "data/metrics/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/support/arrays.hpp"
#include "tests/support/files.hpp"

namespace weft::data {
namespace {

using testing::expect_error;

using testing::kInfinity;
using testing::kNan;

template <class T>
Array matrix(const std::vector<T>& values, std::int64_t tasks = 1) {
  return testing::matrix_of(values, tasks);
}

TEST(Accuracy, IsTheShareOfEqualRowsAsOneDivision) {
  EXPECT_EQ(
      accuracy(matrix<std::int64_t>({0, 1, 2, 3, 4, 5, 6}), matrix<std::int64_t>({0, 1, 2, 0, 0, 0, 0})),
      3.0 / 7.0);
  EXPECT_EQ(accuracy_from_counts(1, 3), 1.0 / 3.0);
  EXPECT_EQ(accuracy_from_counts(0, 3), 0.0);
}

TEST(Accuracy, ComparesNumbersAcrossTypes) {
  const std::vector<double> doubles{1, 2, 255, -4};
  const std::vector<float> floats{1, 2, 255, -4};
  const std::vector<std::int64_t> longs{1, 2, 255, -4};
  const std::vector<std::int32_t> ints{1, 2, 255, 4};
  const std::vector<std::uint8_t> bytes{1, 2, 255, 252};
  EXPECT_EQ(accuracy(matrix(doubles), matrix(floats)), 1.0);
  EXPECT_EQ(accuracy(matrix(floats), matrix(longs)), 1.0);
  EXPECT_EQ(accuracy(matrix(longs), matrix(ints)), 0.75);
  EXPECT_EQ(accuracy(matrix(ints), matrix(doubles)), 0.75);
  EXPECT_EQ(accuracy(matrix(bytes), matrix(longs)), 0.75);
  const std::vector<std::uint16_t> bf16{0x3F80, 0x4000, 0x437F, 0xC080};  // 1, 2, 255, -4
  EXPECT_EQ(accuracy(matrix(doubles), {DType::kBf16, {4, 1}, bf16.data()}), 1.0);
}

TEST(Accuracy, KeepsLargeIntegersApart) {
  const std::vector<std::int64_t> a{(1ll << 53) + 1};
  const std::vector<std::int64_t> b{1ll << 53};  // the same double
  EXPECT_EQ(accuracy(matrix(a), matrix(b)), 0.0);
}

TEST(Accuracy, SkipsRowsWithoutLabelAndCountsNanPredictionsAsWrong) {
  EXPECT_EQ(accuracy(matrix<double>({0, kNan, 2, kNan, 1}), matrix<std::int64_t>({0, 7, 2, 7, 0})),
            2.0 / 3.0);
  EXPECT_EQ(accuracy(matrix<std::int64_t>({0, 1, 2}), matrix<double>({kNan, 1, 2})), 2.0 / 3.0);
}

TEST(Accuracy, IsTheMeanOverTasksAndNotOverRows) {
  const std::vector<double> labels{0, 1, 1, kNan, 1, 0, 0, kNan};
  const std::vector<std::int32_t> predictions{0, 0, 1, 1, 0, 0, 0, 1};
  EXPECT_EQ(accuracy(matrix(labels, 2), matrix(predictions, 2)), (3.0 / 4.0 + 1.0 / 2.0) / 2.0);
}

TEST(Accuracy, RefusesWhatHasNoShare) {
  const std::vector<double> labels{0, kNan, 1, kNan};
  const auto refused = [](const std::string& part, const auto& call) {
    expect_error(ErrorCode::kInvalidArgument, part, call);
  };
  refused("task 1 has no labelled rows among 2", [&] { accuracy(matrix(labels, 2), matrix(labels, 2)); });
  refused("no labelled rows", [&] {
    accuracy({DType::kF32, {0, 1}, nullptr}, {DType::kF32, {0, 1}, nullptr});
  });
  refused("no columns", [&] { accuracy({DType::kF32, {3, 0}, nullptr}, {DType::kF32, {3, 0}, nullptr}); });
  refused("one shape", [&] { accuracy(matrix(labels, 2), matrix(labels, 1)); });
  refused("no labelled rows", [] { accuracy_from_counts(0, 0); });
}

TEST(RootMeanSquareError, IsTheMeanOfTheTasksRoots) {
  const std::vector<double> labels{0, 10, 0, 14, kNan, 10};
  const std::vector<float> predictions{3, 10, 4, 10, 99, 10};
  // Task 0: sqrt((9 + 16) / 2); task 1: sqrt(16 / 3).
  EXPECT_DOUBLE_EQ(root_mean_square_error(matrix(labels, 2), matrix(predictions, 2)),
                   (std::sqrt(12.5) + std::sqrt(16.0 / 3.0)) / 2.0);
  EXPECT_EQ(root_mean_square_error(matrix(labels), matrix(labels)), 0.0);
}

TEST(RootMeanSquareError, ComputesInDoubleWhateverTheTypes) {
  EXPECT_EQ(root_mean_square_error(matrix<float>({0}), matrix<float>({2e30f})), double{2e30f});
  EXPECT_EQ(root_mean_square_error(matrix<std::uint8_t>({1}), matrix<std::uint8_t>({2})), 1.0);
  EXPECT_EQ(
      root_mean_square_error(matrix<std::int32_t>({-2'000'000'000}), matrix<std::int32_t>({2'000'000'000})),
      4e9);
}

TEST(RootMeanSquareError, RefusesWhatHasNoRoot) {
  const std::vector<double> good{1, 2}, nan{1, kNan}, infinite{kInfinity, 2}, large{1e200, 2};
  const auto refused = [](const std::string& part, const auto& labels, const auto& predictions) {
    expect_error(ErrorCode::kInvalidArgument, part,
                 [&] { root_mean_square_error(matrix(labels), matrix(predictions)); });
  };
  refused("row 1 of task 0 has label 2 and prediction nan", good, nan);
  refused("row 0 of task 0 has label 1 and prediction inf", good, infinite);
  refused("row 0 of task 0 has label inf and prediction 1", infinite, good);
  refused("too large for a double", good, large);
  refused("task 0 has no labelled rows among 2", std::vector<double>{kNan, kNan}, good);
  refused("task 0 has no labelled rows among 0", std::vector<double>{}, std::vector<double>{});
}

}  // namespace
}  // namespace weft::data
