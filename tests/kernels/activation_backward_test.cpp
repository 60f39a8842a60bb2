// activate_backward and activate_backward_masks against the reference in every combination of their parts and
// every storage, the reference's own gradient against central differences, and bits.
#include <gtest/gtest.h>

#include <limits>

#include "tests/support/activation_problem.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

struct How {
  Storage x = {};
  Storage dy = {Layout::kTight};
  Storage dx = {Layout::kAligned};
  bool in_place = false;  // dx is dy's memory
  float start = 0.0f;     // of dgamma and dbeta, since gradients of parameters accumulate
};

struct Gradients {
  std::vector<float> dx, dgamma, dbeta;
  std::vector<float> sums;  // of activate_backward_masks
};

/// One memory for all that both ops write.
class Outputs {
 public:
  Outputs(Backend& backend, const ActivationProblem& p, const std::vector<double>& dy, const How& how)
      : inputs(backend, p),
        x(backend, p.n, p.c, to_float(p.x), how.x),
        upstream(backend, p.n, p.c, to_float(dy), how.dy),
        own(backend, p.n, p.c, how.dx),
        dx(how.in_place ? upstream : own),
        dgamma(backend, std::vector<float>(p.gamma.size(), how.start)),
        dbeta(backend, std::vector<float>(p.beta.size(), how.start)),
        sums(backend, 2 * p.c) {}

  Gradients values() const { return {dx.values(), dgamma.values(), dbeta.values(), sums.values()}; }

  const OnBackend inputs;
  const GuardedMatrix x, upstream, own;
  const GuardedMatrix& dx;
  const GuardedVec<float> dgamma, dbeta, sums;
};

Gradients run_backward(Backend& backend, const ActivationProblem& p, const std::vector<double>& dy,
                       const How& how = {}) {
  const Outputs out(backend, p, dy, how);
  run_guarded(backend, ActivateBackward{out.x.view(), out.upstream.view(), out.inputs.block(), out.dx.view(),
                                        out.dgamma.view(), out.dbeta.view()});
  return out.values();
}

Gradients run_masks(Backend& backend, const ActivationProblem& p, const std::vector<double>& dy,
                    const How& how = {}) {
  const Outputs out(backend, p, dy, how);
  run_guarded(backend,
              ActivateBackwardMasks{out.x.view(), out.upstream.view(), out.inputs.block(), out.dx.view(),
                                    out.dgamma.view(), out.dbeta.view(), out.sums.view()});
  return out.values();
}

class ActivationBackwardTest : public BackendTest {
 protected:
  void check(const ActivationProblem& p, const std::vector<double>& dy, const How& how = {}) {
    const Gradients got = run_backward(*backend_, p, dy, how);
    const auto expected = reference::activate_backward(p, dy);
    expect_within(got.dx, reference::as_stored(expected.dx, how.dx.dtype));
    expect_within(got.dgamma, expected.dgamma);
    expect_within(got.dbeta, expected.dbeta);
  }
  void check_masks(const ActivationProblem& p, const std::vector<double>& dy, const How& how = {}) {
    const Gradients got = run_masks(*backend_, p, dy, how);
    const auto expected = reference::activate_backward(p, dy);
    expect_within(got.dx, reference::as_stored(expected.g, how.dx.dtype));
    expect_within(got.dgamma, expected.dgamma);
    expect_within(got.dbeta, expected.dbeta);
    const auto half = got.sums.begin() + p.c;
    expect_within(std::vector<float>(got.sums.begin(), half), expected.dbeta);
    expect_within(std::vector<float>(half, got.sums.end()), expected.dgamma);
  }
};

TEST_P(ActivationBackwardTest, AppliesEveryCombinationOfParts) {
  WEFT_TEST_RANDOM(random);
  const auto all = storages(*backend_);
  std::size_t next = 0;  // every part and every width meet every storage, though not each other in each
  for (int parts = 0; parts < 16; ++parts, ++next) {
    for (const std::int64_t c : {1, 7, 31, 33, 40, 100, 129, 257}) {
      const Storage storage = all[next++ % all.size()];
      SCOPED_TRACE("parts " + std::to_string(parts) + ", c " + std::to_string(c) + ", " + name_of(storage));
      ActivationProblem p = make_problem(random, 5, c, parts, storage.dtype);
      leave_kink(p, storage.dtype);
      const auto dy = draw(random, p.n * p.c, 0.0, storage.dtype);
      const How how{storage, storage, storage};
      check(p, dy, how);
      if (p.normalized()) check_masks(p, dy, how);
    }
  }
}

TEST_P(ActivationBackwardTest, ReadsAndWritesEveryStorage) {
  WEFT_TEST_RANDOM(random);
  for (const Storage& x : storages(*backend_)) {
    for (const Storage& upstream : storages(*backend_)) {
      for (const Storage& dx : storages(*backend_)) {
        SCOPED_TRACE("x " + name_of(x) + ", dy " + name_of(upstream) + ", dx " + name_of(dx));
        ActivationProblem p = make_problem(random, 6, 40, kNorm | kRelu | kDrop, x.dtype);
        leave_kink(p, x.dtype);
        const auto dy = draw(random, p.n * p.c, 0.0, upstream.dtype);
        check(p, dy, {x, upstream, dx});
        check_masks(p, dy, {x, upstream, dx});
      }
    }
  }
}

TEST_P(ActivationBackwardTest, SumsOverManyBlocksOfRows) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t n : {1, 255, 256, 257, 1000}) {
    SCOPED_TRACE("n " + std::to_string(n));
    ActivationProblem p = make_problem(random, n, 40, kNorm | kRelu | kDrop);
    leave_kink(p);
    const auto dy = draw(random, p.n * p.c);
    check(p, dy);
    check_masks(p, dy);
  }
}

TEST_P(ActivationBackwardTest, AddsToTheGradientsOfParameters) {
  WEFT_TEST_RANDOM(random);
  const ActivationProblem p = make_problem(random, 8, 5, kNorm);
  const std::vector<double> dy(static_cast<std::size_t>(p.n * p.c), 0.0);
  for (const auto& run : {run_backward, run_masks}) {
    const Gradients got = run(*backend_, p, dy, {.start = 2.5f});
    EXPECT_EQ(got.dgamma, std::vector<float>(5, 2.5f));
    EXPECT_EQ(got.dbeta, std::vector<float>(5, 2.5f));
  }
}

TEST_P(ActivationBackwardTest, MayOverwriteTheGradientAbove) {
  WEFT_TEST_RANDOM(random);
  for (const Storage& storage : storages(*backend_)) {
    SCOPED_TRACE(name_of(storage));
    const ActivationProblem p = make_problem(random, 300, 33, kNorm | kRelu | kDrop, storage.dtype);
    const auto dy = draw(random, p.n * p.c, 0.0, storage.dtype);
    for (const auto& run : {run_backward, run_masks}) {
      const Gradients apart = run(*backend_, p, dy, {storage, storage, storage});
      const Gradients in_place = run(*backend_, p, dy, {storage, storage, storage, true});
      EXPECT_EQ(in_place.dx, apart.dx);
      EXPECT_EQ(in_place.dgamma, apart.dgamma);
      EXPECT_EQ(in_place.dbeta, apart.dbeta);
    }
  }
}

TEST_P(ActivationBackwardTest, StopsWhereTheReluGivesZero) {
  const double tiny = 0x1.0p-149, nan = std::numeric_limits<double>::quiet_NaN();
  ActivationProblem p;
  p.n = 1;
  p.c = 5;
  p.relu = true;
  p.x = {0.0, -0.0, tiny, -tiny, nan};
  EXPECT_EQ(run_backward(*backend_, p, {1, 2, 3, 4, 5}).dx, (std::vector<float>{0, 0, 3, 0, 5}));
  // Behind a normalisation: x that is the mean, without beta.
  p.x = p.mean = {7, 7, 7, 7, 7};
  p.rstd = p.gamma = {1, 1, 1, 1, 1};
  p.beta = {0, -0.0, 1, -1, 0.5};
  EXPECT_EQ(run_masks(*backend_, p, {1, 2, 3, 4, 5}).dx, (std::vector<float>{0, 0, 3, 0, 5}));
}

TEST_P(ActivationBackwardTest, DropsExactlyWhatTheGeneratorSays) {
  WEFT_TEST_RANDOM(random);
  for (const int parts : {0, int{kRowIds}}) {
    for (const float rate : {0.1f, 0.5f, 0.999f}) {
      ActivationProblem p = make_problem(random, 7, 259, parts);
      p.rate = rate;
      p.x.assign(p.x.size(), 1.0);
      const auto dx = run_backward(*backend_, p, p.x).dx;
      for (std::int64_t i = 0; i < p.n; ++i) {
        for (std::int64_t j = 0; j < p.c; ++j) {
          ASSERT_EQ(dx[p.at(i, j)], p.dropped(i, j) ? 0.0f : 1.0f / (1.0f - rate))
              << "row " << i << ", column " << j << ", rate " << rate;
        }
      }
    }
  }
}

TEST_P(ActivationBackwardTest, TakesEmptyShapes) {
  WEFT_TEST_RANDOM(random);
  for (const auto& [n, c] : {std::pair{0, 5}, std::pair{4, 0}}) {
    const ActivationProblem p = make_problem(random, n, c, kNorm | kRelu | kDrop);
    for (const auto& run : {run_backward, run_masks}) {
      const Gradients got = run(*backend_, p, {}, {.start = 1.0f});
      EXPECT_TRUE(got.dx.empty());
      EXPECT_EQ(got.dgamma, std::vector<float>(static_cast<std::size_t>(c), 1.0f));
    }
  }
}

WEFT_ON_ALL_BACKENDS(ActivationBackwardTest);

/// The loss sum(weight * activate(x)), where mean and rstd are the statistics of x when `p` normalises.
double weighted_output(ActivationProblem p, const std::vector<double>& weight) {
  for (std::int64_t j = 0; p.normalized() && j < p.c; ++j) {
    const auto col = static_cast<std::size_t>(j);
    const double n = static_cast<double>(p.n);
    double mean = 0.0, variance = 0.0;
    for (std::int64_t i = 0; i < p.n; ++i) mean += p.x[p.at(i, j)] / n;
    for (std::int64_t i = 0; i < p.n; ++i)
      variance += (p.x[p.at(i, j)] - mean) * (p.x[p.at(i, j)] - mean) / n;
    p.mean[col] = mean;
    p.rstd[col] = 1.0 / std::sqrt(variance + 1e-5);
  }
  const auto y = reference::activate(p);
  double sum = 0.0;
  for (std::size_t i = 0; i < weight.size(); ++i) sum += weight[i] * y.value[i];
  return sum;
}

/// d loss / d value by a central difference.
double slope(ActivationProblem p,  // NOLINT(performance-unnecessary-value-param): changed through `values`
             const std::vector<double>& weight, std::vector<double> ActivationProblem::*values,
             std::size_t at) {
  const double h = 1e-5, old = (p.*values)[at];
  (p.*values)[at] = old + h;
  const double above = weighted_output(p, weight);
  (p.*values)[at] = old - h;
  return (above - weighted_output(p, weight)) / (2.0 * h);
}

TEST(ActivationReference, GradientsAreTheSlopesOfTheOutput) {
  WEFT_TEST_RANDOM(random);
  for (int parts = 0; parts < 8; ++parts) {
    SCOPED_TRACE("parts " + std::to_string(parts));
    ActivationProblem p = make_problem(random, 9, 5, parts);
    const auto weight = draw(random, p.n * p.c);
    for (std::int64_t j = 0; p.normalized() && j < p.c; ++j) {  // the statistics of this batch
      const auto col = static_cast<std::size_t>(j);
      double sum = 0.0, squares = 0.0;
      for (std::int64_t i = 0; i < p.n; ++i) sum += p.x[p.at(i, j)];
      p.mean[col] = sum / static_cast<double>(p.n);
      for (std::int64_t i = 0; i < p.n; ++i) squares += std::pow(p.x[p.at(i, j)] - p.mean[col], 2.0);
      p.rstd[col] = 1.0 / std::sqrt(squares / static_cast<double>(p.n) + 1e-5);
    }
    const auto gradients = reference::activate_backward(p, weight);
    for (std::size_t i = 0; i < p.x.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i) / p.c, col = static_cast<std::int64_t>(i) % p.c;
      if (std::abs(p.pre(row, col)) < 1e-3) continue;  // the difference would straddle the kink
      EXPECT_NEAR(gradients.dx.value[i], slope(p, weight, &ActivationProblem::x, i), 1e-7) << "x " << i;
    }
    for (std::size_t j = 0; j < p.gamma.size(); ++j) {
      EXPECT_NEAR(gradients.dgamma.value[j], slope(p, weight, &ActivationProblem::gamma, j), 1e-7)
          << "gamma " << j;
      EXPECT_NEAR(gradients.dbeta.value[j], slope(p, weight, &ActivationProblem::beta, j), 1e-7)
          << "beta " << j;
    }
  }
}

TEST(ActivationBackwardBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  const ActivationProblem p = make_problem(random, 1500, 75, kNorm | kRelu | kDrop);
  const auto dy = draw(random, p.n * p.c);
  expect_same_bits([&](Backend& backend) {
    const Gradients whole = run_backward(backend, p, dy), masks = run_masks(backend, p, dy);
    return bytes_of(whole.dx, whole.dgamma, whole.dbeta, masks.dx, masks.dgamma, masks.dbeta, masks.sums);
  });
}

}  // namespace
}  // namespace weft::testing
