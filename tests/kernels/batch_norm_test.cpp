// Batch statistics against the reference, also far from zero, and what training and inference make of them.
#include "tests/reference/batch_norm.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/backends.hpp"
#include "tests/support/moments.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

HostMoments run_statistics(Backend& backend, const std::vector<float>& x, std::int64_t n, std::int64_t c,
                           const Storage& storage = {}) {
  const GuardedMatrix in(backend, n, c, x, storage);
  const GuardedMoments moments(backend, c);
  run_guarded(backend, BatchNormStatistics{in.view(), moments.view()});
  return moments.values();
}

class BatchNorm : public BackendTest {};

TEST_P(BatchNorm, StatisticsAreThoseOfTheColumns) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t n : {1, 2, 255, 256, 257, 1000}) {
    for (const std::int64_t c : {1, 7, 31, 33, 40, 100, 129, 257}) {
      SCOPED_TRACE("n " + std::to_string(n) + ", c " + std::to_string(c));
      const auto x = random.values(n * c);
      const HostMoments got = run_statistics(*backend_, x, n, c);
      const auto expected = reference::column_moments(x, n, c);
      EXPECT_EQ(got.count, static_cast<double>(n));
      expect_within(got.sum, expected.sum);
      expect_within(got.m2, expected.m2);
    }
  }
}

TEST_P(BatchNorm, StatisticsReadEveryStorage) {
  WEFT_TEST_RANDOM(random);
  for (const Storage& storage : storages(*backend_)) {
    for (const std::int64_t c : {1, 7, 31, 33, 40, 100, 129, 257}) {
      SCOPED_TRACE("c " + std::to_string(c) + ", x " + name_of(storage));
      const auto x = stored(random.values(37 * c), storage.dtype);
      const HostMoments got = run_statistics(*backend_, x, 37, c, storage);
      const auto expected = reference::column_moments(x, 37, c);
      expect_within(got.sum, expected.sum);
      expect_within(got.m2, expected.m2);
    }
  }
}

TEST_P(BatchNorm, StatisticsJoinMoreThanAFewBlocksOfRows) {
  WEFT_TEST_RANDOM(random);
  const std::int64_t n = 4500, c = 256;
  const auto x = random.values(n * c);
  const HostMoments got = run_statistics(*backend_, x, n, c);
  const auto expected = reference::column_moments(x, n, c);
  expect_within(got.sum, expected.sum);
  expect_within(got.m2, expected.m2);
}

TEST_P(BatchNorm, DeviationsSurviveAColumnFarFromZero) {
  // Sums of squares would leave nothing of a deviation of 1 beside 1000^2 in float.
  WEFT_TEST_RANDOM(random);
  const std::int64_t n = 3000;
  auto x = random.values(n);
  for (float& v : x) v += 1000.0f;
  const auto expected = reference::column_moments(x, n, 1);
  EXPECT_NEAR(run_statistics(*backend_, x, n, 1).m2[0] / expected.m2.value[0], 1.0, 1e-6);
}

TEST_P(BatchNorm, AConstantColumnHasNoDeviation) {
  const std::vector<float> x(700, 0.1f);
  const HostMoments got = run_statistics(*backend_, x, 700, 1);
  EXPECT_GE(got.m2[0], 0.0);
  EXPECT_LE(got.m2[0], 1e-11);
  EXPECT_NEAR(got.sum[0] / 700.0, static_cast<double>(0.1f), 1e-12);
}

TEST_P(BatchNorm, StatisticsShowNan) {
  for (const std::int64_t n : {100, 300}) {  // one block of rows, and two
    std::vector<float> x(static_cast<std::size_t>(2 * n), 1.0f);
    x[51] = std::numeric_limits<float>::quiet_NaN();
    const HostMoments got = run_statistics(*backend_, x, n, 2);
    EXPECT_FALSE(std::isnan(got.m2[0]));
    EXPECT_TRUE(std::isnan(got.sum[1]));
    EXPECT_TRUE(std::isnan(got.m2[1]));
  }
}

TEST_P(BatchNorm, StatisticsTakeNoColumns) { EXPECT_EQ(run_statistics(*backend_, {}, 3, 0).count, 3.0); }

TEST_P(BatchNorm, TrainingNormalisesByTheBiasedAndRecordsTheUnbiasedVariance) {
  const std::int64_t c = 2;
  const GuardedVec<double> count(*backend_, std::vector{4.0}), sum(*backend_, {8.0, -2.0}),
      m2(*backend_, {12.0, 0.0});
  const GuardedVec<float> running_mean(*backend_, {1.0f, 0.0f}), running_var(*backend_, {5.0f, 1.0f});
  const GuardedVec<float> mean(*backend_, c), rstd(*backend_, c);
  const BatchNormState state{running_mean.view(), running_var.view(), 1e-5f, 0.25f};
  run_guarded(*backend_,
              BatchNormTraining{{count.data(), sum.view(), m2.view()}, state, mean.view(), rstd.view()});
  EXPECT_EQ(mean.values(), (std::vector<float>{2.0f, -0.5f}));
  const double epsilon = static_cast<double>(1e-5f);
  EXPECT_FLOAT_EQ(rstd.values()[0], static_cast<float>(1.0 / std::sqrt(3.0 + epsilon)));
  EXPECT_FLOAT_EQ(rstd.values()[1], static_cast<float>(1.0 / std::sqrt(epsilon)));
  const auto first = reference::updated({1.0, 5.0}, 4.0, 8.0, 12.0, 0.25);
  const auto second = reference::updated({0.0, 1.0}, 4.0, -2.0, 0.0, 0.25);
  EXPECT_EQ(running_mean.values(),
            (std::vector<float>{static_cast<float>(first.mean), static_cast<float>(second.mean)}));
  EXPECT_EQ(running_var.values(),
            (std::vector<float>{static_cast<float>(first.var), static_cast<float>(second.var)}));
}

TEST_P(BatchNorm, InferenceUsesTheRunningStatisticsAndLeavesThem) {
  const GuardedVec<float> running_mean(*backend_, std::vector{1.5f}),
      running_var(*backend_, std::vector{0.25f});
  const GuardedVec<float> mean(*backend_, 1), rstd(*backend_, 1);
  run_guarded(*backend_,
              BatchNormInference{{running_mean.view(), running_var.view(), 0.75f}, mean.view(), rstd.view()});
  EXPECT_EQ(mean.values()[0], 1.5f);
  EXPECT_EQ(rstd.values()[0], 1.0f);
  EXPECT_EQ(running_mean.values()[0], 1.5f);
  EXPECT_EQ(running_var.values()[0], 0.25f);
}

WEFT_ON_ALL_BACKENDS(BatchNorm);

TEST(BatchNormBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  const std::int64_t n = 2500, c = 75;
  const auto x = random.values(n * c);
  expect_same_bits([&](Backend& backend) {
    const HostMoments got = run_statistics(backend, x, n, c);
    return bytes_of(got.sum, got.m2);
  });
}

}  // namespace
}  // namespace weft::testing
