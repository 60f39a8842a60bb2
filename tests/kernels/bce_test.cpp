// bce_with_logits against the reference, missing targets, its gradient against central differences, extreme
// logits, and bits.
#include <gtest/gtest.h>

#include <limits>

#include "tests/reference/loss.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Problem {
  std::int64_t r = 0;
  std::int64_t k = 0;
  std::vector<float> logits, targets;  // [r, k]

  reference::Loss expected() const {
    return reference::bce_with_logits({logits.begin(), logits.end()}, {targets.begin(), targets.end()});
  }
};

/// Logits of [-size, size); targets 0, 1 or between, a fifth of them missing.
Problem make_problem(Random& random, std::int64_t r, std::int64_t k, float size) {
  Problem p{r, k, random.values(r * k), {}};
  for (float& v : p.logits) v *= size;
  for (std::int64_t i = 0; i < r * k; ++i) {
    const float kinds[] = {0.0f, 1.0f, 0.5f + 0.5f * random.value(), kNan, 1.0f};
    p.targets.push_back(kinds[random.below(5)]);
  }
  return p;
}

struct HostLoss {
  double loss = 0.0;
  std::vector<float> gradient;
};

enum class Into { kOwn, kLogits };

HostLoss run_bce(Backend& backend, const Problem& p, Layout layout = Layout::kOdd, Into into = Into::kOwn) {
  const GuardedMatrix logits(backend, p.r, p.k, p.logits, {layout});
  const GuardedMatrix targets(backend, p.r, p.k, p.targets, {layout});
  const GuardedMatrix own(backend, p.r, p.k, Storage{layout});
  const GuardedVec<double> loss(backend, 1);
  const GuardedMatrix& gradient = into == Into::kLogits ? logits : own;
  run_guarded(backend, BceWithLogits{logits.view(), targets.view(), gradient.view(), loss.view()});
  return {loss.values()[0], gradient.values()};
}

class BceTest : public BackendTest {
 protected:
  void check(const Problem& p, Layout layout = Layout::kOdd) {
    const HostLoss got = run_bce(*backend_, p, layout);
    const auto expected = p.expected();
    EXPECT_NEAR(got.loss, expected.value, expected.bound);
    expect_within(got.gradient, expected.gradient);
  }
};

TEST_P(BceTest, IsTheMeanOverTheTargetsThatAreThere) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t k : {1, 7, 31, 33, 40, 63, 64, 65, 100, 129, 257}) {
    for (const float size : {1.0f, 30.0f, 1000.0f}) {
      SCOPED_TRACE("k " + std::to_string(k) + ", size " + std::to_string(size));
      check(make_problem(random, 13, k, size));
    }
  }
}

TEST_P(BceTest, ReadsAndWritesEveryLayout) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t k : {7, 40, 100, 129}) {
    for (const Layout layout : {Layout::kTight, Layout::kAligned, Layout::kOdd}) {
      SCOPED_TRACE("k " + std::to_string(k) + ", " + name_of({layout}));
      check(make_problem(random, 5, k, 8.0f), layout);
    }
  }
}

TEST_P(BceTest, SumsManyBlocksOfRows) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t r : {1, 255, 256, 257, 1500}) {
    SCOPED_TRACE("r " + std::to_string(r));
    check(make_problem(random, r, 19, 8.0f));
  }
}

TEST_P(BceTest, MayOverwriteTheLogits) {
  WEFT_TEST_RANDOM(random);
  const Problem p = make_problem(random, 300, 70, 5.0f);
  for (const Layout layout : {Layout::kTight, Layout::kOdd}) {
    const HostLoss apart = run_bce(*backend_, p, layout),
                   in_place = run_bce(*backend_, p, layout, Into::kLogits);
    EXPECT_EQ(in_place.loss, apart.loss);
    EXPECT_EQ(in_place.gradient, apart.gradient);
  }
}

TEST_P(BceTest, LeavesOutRowsAndColumnsWithoutTargets) {
  WEFT_TEST_RANDOM(random);
  Problem p = make_problem(random, 300, 9, 3.0f);
  for (std::int64_t i = 0; i < p.r; ++i) {
    for (std::int64_t j = 0; j < p.k; ++j) {
      if (i < 260 || j == 4) p.targets[static_cast<std::size_t>(i * p.k + j)] = kNan;
    }
  }
  check(p);
  const auto gradient = run_bce(*backend_, p).gradient;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    if (!std::isnan(p.targets[i])) continue;
    ASSERT_EQ(gradient[i], 0.0f) << "entry " << i;
  }
}

TEST_P(BceTest, WithoutATargetHasNoLossAndNoGradient) {
  const HostLoss got = run_bce(*backend_, {2, 3, std::vector<float>(6, 1.5f), std::vector<float>(6, kNan)});
  EXPECT_TRUE(std::isnan(got.loss));
  EXPECT_EQ(got.gradient, std::vector<float>(6, 0.0f));
}

TEST_P(BceTest, StaysFiniteWhereExponentialsWouldNot) {
  const Problem p{1,
                  8,
                  {3e38f, -3e38f, 500.0f, -500.0f, 89.0f, -89.0f, 104.0f, -0.0f},
                  {1.0f, 0.0f, 0.0f, 1.0f, 0.0f, 1.0f, 1.0f, 0.5f}};
  check(p);
  const Problem right{1, 2, {3e38f, -3e38f}, {1.0f, 0.0f}};
  EXPECT_EQ(run_bce(*backend_, right).loss, 0.0);
  EXPECT_EQ(run_bce(*backend_, right).gradient, std::vector<float>(2, 0.0f));
}

TEST_P(BceTest, ShowsNanOnlyWhereThereIsATarget) {
  EXPECT_TRUE(std::isnan(run_bce(*backend_, {1, 3, {0.0f, kNan, 1.0f}, {1.0f, 0.0f, 1.0f}}).loss));
  const HostLoss got = run_bce(*backend_, {1, 3, {0.0f, kNan, 1.0f}, {1.0f, kNan, 1.0f}});
  EXPECT_FALSE(std::isnan(got.loss));
  EXPECT_EQ(got.gradient[1], 0.0f);
}

WEFT_ON_ALL_BACKENDS(BceTest);

TEST(BceReference, GradientIsTheSlopeOfTheLoss) {
  WEFT_TEST_RANDOM(random);
  const Problem p = make_problem(random, 4, 6, 3.0f);
  std::vector<double> logits(p.logits.begin(), p.logits.end());
  const std::vector<double> targets(p.targets.begin(), p.targets.end());
  const auto loss = reference::bce_with_logits(logits, targets);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double old = logits[i], h = 1e-5;
    logits[i] = old + h;
    const double above = reference::bce_with_logits(logits, targets).value;
    logits[i] = old - h;
    const double below = reference::bce_with_logits(logits, targets).value;
    logits[i] = old;
    EXPECT_NEAR(loss.gradient.value[i], (above - below) / (2.0 * h), 1e-9) << "logit " << i;
  }
}

TEST(BceBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t k : {7, 40, 77}) {
    SCOPED_TRACE("k " + std::to_string(k));
    const Problem p = make_problem(random, 900, k, 20.0f);
    expect_same_bits([&](Backend& backend) {
      const HostLoss got = run_bce(backend, p);
      return bytes_of(std::vector<double>{got.loss}, got.gradient);
    });
  }
}

}  // namespace
}  // namespace weft::testing
