#include "data/metrics.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "tests/support/files.hpp"

namespace weft::data {
namespace {

using testing::expect_error;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// [values / tasks, tasks], over memory that outlives the call.
template <class T>
Array matrix(const std::vector<T>& values, std::int64_t tasks = 1) {
  return {DTypeOf<T>::value, {static_cast<std::int64_t>(values.size()) / tasks, tasks}, values.data()};
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

}  // namespace
}  // namespace weft::data
