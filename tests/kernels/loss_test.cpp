// log_softmax_nll against the reference, its gradient against central differences, extreme logits, and bits.
#include "tests/reference/loss.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct HostLoss {
  double loss = 0.0;
  std::vector<float> gradient;
};

HostLoss run_loss(Backend& backend, const std::vector<float>& logits, const std::vector<std::int32_t>& labels,
                  std::int64_t k, bool in_place = false, Layout layout = Layout::kOdd) {
  const auto r = static_cast<std::int64_t>(labels.size());
  const GuardedMatrix in(backend, r, k, logits, {layout});
  const GuardedMatrix gradient(backend, r, k, Storage{layout});
  const GuardedVec<std::int32_t> labels_there(backend, labels);
  const GuardedVec<double> loss(backend, 1);
  run_guarded(backend, LogSoftmaxNll{in.view(), labels_there.view(), in_place ? in.view() : gradient.view(),
                                     loss.view()});
  return {loss.values()[0], in_place ? in.values() : gradient.values()};
}

struct Problem {
  std::vector<float> logits;
  std::vector<std::int32_t> labels;
};

/// Logits of [-size, size).
Problem make_problem(Random& random, std::int64_t r, std::int64_t k, float size) {
  Problem p{random.values(r * k), {}};
  for (float& v : p.logits) v *= size;
  for (std::int64_t i = 0; i < r; ++i) p.labels.push_back(static_cast<std::int32_t>(random.below(k)));
  return p;
}

class LossTest : public BackendTest {};

TEST_P(LossTest, IsTheMeanNegativeLogLikelihood) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t k : {1, 2, 7, 8, 31, 33, 40, 63, 64, 65, 257}) {
    for (const float size : {1.0f, 30.0f, 1000.0f}) {
      SCOPED_TRACE("k " + std::to_string(k) + ", size " + std::to_string(size));
      const Problem p = make_problem(random, 29, k, size);
      const HostLoss got = run_loss(*backend_, p.logits, p.labels, k);
      const auto expected = reference::log_softmax_nll({p.logits.begin(), p.logits.end()}, p.labels, 29, k);
      EXPECT_NEAR(got.loss, expected.value, expected.bound);
      expect_within(got.gradient, expected.gradient);
    }
  }
}

TEST_P(LossTest, ReadsAndWritesEveryLayout) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t k : {7, 40, 100, 129, 512, 600, 1537}) {
    const Problem p = make_problem(random, 5, k, 8.0f);
    const auto expected = reference::log_softmax_nll({p.logits.begin(), p.logits.end()}, p.labels, 5, k);
    for (const Layout layout : {Layout::kTight, Layout::kAligned, Layout::kOdd}) {
      SCOPED_TRACE("k " + std::to_string(k) + ", logits " + name_of({layout}));
      const HostLoss got = run_loss(*backend_, p.logits, p.labels, k, false, layout);
      EXPECT_NEAR(got.loss, expected.value, expected.bound);
      expect_within(got.gradient, expected.gradient);
    }
  }
}

TEST_P(LossTest, SumsManyBlocksOfRows) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t r : {1, 256, 257, 2000}) {
    SCOPED_TRACE("r " + std::to_string(r));
    const Problem p = make_problem(random, r, 40, 8.0f);
    const HostLoss got = run_loss(*backend_, p.logits, p.labels, 40);
    const auto expected = reference::log_softmax_nll({p.logits.begin(), p.logits.end()}, p.labels, r, 40);
    EXPECT_NEAR(got.loss, expected.value, expected.bound);
    expect_within(got.gradient, expected.gradient);
  }
}

TEST_P(LossTest, MayOverwriteTheLogits) {
  WEFT_TEST_RANDOM(random);
  for (const auto& [r, k] : {std::pair{300, 70}, std::pair{9, 1100}}) {
    const Problem p = make_problem(random, r, k, 5.0f);
    const HostLoss apart = run_loss(*backend_, p.logits, p.labels, k);
    const HostLoss in_place = run_loss(*backend_, p.logits, p.labels, k, true);
    EXPECT_EQ(in_place.loss, apart.loss);
    EXPECT_EQ(in_place.gradient, apart.gradient);
  }
}

TEST_P(LossTest, StaysFiniteWhereExponentialsWouldNot) {
  const HostLoss got = run_loss(*backend_, {3e38f, -3e38f, 3e38f, -kInfinity}, {0, 0}, 2);
  EXPECT_EQ(got.loss, 0.0);
  EXPECT_EQ(got.gradient, std::vector<float>(4, 0.0f));
  EXPECT_NEAR(run_loss(*backend_, {0.0f, 500.0f}, {0}, 2).loss, 500.0, 2000.0 * reference::kUnit);
}

TEST_P(LossTest, ShowsNanAndInfinity) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(run_loss(*backend_, {nan, 1.0f, 2.0f}, {1}, 3).loss));
  EXPECT_TRUE(std::isnan(run_loss(*backend_, {0.0f, nan, 2.0f}, {0}, 3).loss));
  EXPECT_TRUE(std::isnan(run_loss(*backend_, {0.0f, kInfinity}, {0}, 2).loss));
  EXPECT_TRUE(std::isnan(run_loss(*backend_, {nan}, {0}, 1).loss));
  EXPECT_EQ(run_loss(*backend_, {0.0f, -kInfinity}, {1}, 2).loss, std::numeric_limits<double>::infinity());
}

TEST_P(LossTest, GivesEqualLogitsEqualProbabilities) {
  const HostLoss got = run_loss(*backend_, std::vector<float>(8, 3.0f), {5}, 8);
  EXPECT_NEAR(got.loss, std::log(8.0), 16.0 * reference::kUnit);
  EXPECT_FLOAT_EQ(got.gradient[0], 0.125f);
  EXPECT_FLOAT_EQ(got.gradient[5], -0.875f);
}

WEFT_ON_ALL_BACKENDS(LossTest);

TEST(LossReference, GradientIsTheSlopeOfTheLoss) {
  WEFT_TEST_RANDOM(random);
  const Problem p = make_problem(random, 4, 6, 3.0f);
  std::vector<double> logits(p.logits.begin(), p.logits.end());
  const auto loss = reference::log_softmax_nll(logits, p.labels, 4, 6);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double old = logits[i], h = 1e-5;
    logits[i] = old + h;
    const double above = reference::log_softmax_nll(logits, p.labels, 4, 6).value;
    logits[i] = old - h;
    const double below = reference::log_softmax_nll(logits, p.labels, 4, 6).value;
    logits[i] = old;
    EXPECT_NEAR(loss.gradient.value[i], (above - below) / (2.0 * h), 1e-9) << "logit " << i;
  }
}

TEST(LossBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t k : {7, 40, 77}) {
    SCOPED_TRACE("k " + std::to_string(k));
    const Problem p = make_problem(random, 1500, k, 20.0f);
    expect_same_bits([&](Backend& backend) {
      const HostLoss got = run_loss(backend, p.logits, p.labels, k);
      return bytes_of(std::vector<double>{got.loss}, got.gradient);
    });
  }
}

}  // namespace
}  // namespace weft::testing
