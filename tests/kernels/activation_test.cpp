// activate and activate_backward against the reference in every combination of their parts, the reference's
// own gradient against central differences, the dropout's mask bit for bit, and bits across instruction sets
// and threads.
#include "tests/reference/activation.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

using reference::ActivationProblem;

std::vector<float> to_float(const std::vector<double>& values) { return {values.begin(), values.end()}; }

/// Draws `size` floats of [offset - 1, offset + 1) as doubles.
std::vector<double> draw(Random& random, std::int64_t size, double offset = 0.0) {
  std::vector<double> out;
  for (const float v : random.values(size))
    out.push_back(static_cast<double>(static_cast<float>(offset) + v));
  return out;
}

/// The step a problem's dropout is part of: the problem holds only the key.
StepState step_state() { return {.seed = 11, .step = 5, .run = 3}; }
constexpr std::uint32_t kLayer = 2;

/// The parts of a block, as bits.
enum : int { kNorm = 1, kRelu = 2, kDrop = 4, kRowIds = 8 };

ActivationProblem make_problem(Random& random, std::int64_t n, std::int64_t c, int parts) {
  ActivationProblem p;
  p.n = n;
  p.c = c;
  p.x = draw(random, n * c);
  p.relu = (parts & kRelu) != 0;
  if ((parts & kNorm) != 0) {
    p.mean = draw(random, c, 0.25);
    p.rstd = draw(random, c, 1.5);
    p.gamma = draw(random, c);
    p.beta = draw(random, c);
  }
  if ((parts & kDrop) != 0) p.rate = 0.3f;
  const StepState step = step_state();
  p.key = random_key(step.seed, step.run, kLayer, Purpose::kDropout, step.step);
  for (std::int64_t i = 0; (parts & kRowIds) != 0 && i < n; ++i) {
    p.row_ids.push_back(std::numeric_limits<NodeId>::max() - static_cast<NodeId>(random.below(1000000)));
  }
  return p;
}

/// Moves every x whose element lies at the ReLU's kink, where float and double may disagree about the mask.
void leave_kink(ActivationProblem& p) {
  for (std::int64_t i = 0; i < p.n; ++i) {
    for (std::int64_t j = 0; j < p.c; ++j) {
      for (int tries = 0; tries < 8 && std::abs(p.pre(i, j)) < 1e-4; ++tries) {
        p.x[p.at(i, j)] = static_cast<double>(static_cast<float>(p.x[p.at(i, j)] + 0.37));
      }
    }
  }
}

/// A problem's inputs in a backend's memory.
class OnBackend {
 public:
  OnBackend(Backend& backend, const ActivationProblem& p)
      : mean_(backend, to_float(p.mean)),
        rstd_(backend, to_float(p.rstd)),
        gamma_(backend, to_float(p.gamma)),
        beta_(backend, to_float(p.beta)),
        row_ids_(backend, p.row_ids),
        step_(backend, std::vector<StepState>{step_state()}) {
    block_.norm = {mean_.view(), rstd_.view(), gamma_.view(), beta_.view()};
    block_.relu = p.relu;
    block_.dropout = {p.rate, kLayer, step_.data()};
    block_.row_ids = row_ids_.view();
  }
  const Activation& block() const { return block_; }

 private:
  GuardedVec<float> mean_, rstd_, gamma_, beta_;
  GuardedVec<NodeId> row_ids_;
  GuardedVec<StepState> step_;
  Activation block_;
};

std::vector<float> run_activate(Backend& backend, const ActivationProblem& p, bool in_place = false) {
  const OnBackend inputs(backend, p);
  const GuardedMatrix x(backend, p.n, p.c, to_float(p.x));
  const GuardedMatrix y(backend, p.n, p.c, 1);
  ScratchStream stream(backend, 0);
  backend.activate(stream, x.view(), inputs.block(), in_place ? x.view() : y.view());
  return in_place ? x.values() : y.values();
}

struct Gradients {
  std::vector<float> dx, dgamma, dbeta;
};

/// dgamma and dbeta start at what `start` says, since gradients of parameters accumulate.
Gradients run_backward(Backend& backend, const ActivationProblem& p, const std::vector<double>& dy,
                       bool in_place = false, float start = 0.0f) {
  const OnBackend inputs(backend, p);
  const GuardedMatrix x(backend, p.n, p.c, to_float(p.x));
  const GuardedMatrix upstream(backend, p.n, p.c, to_float(dy), 2);
  const GuardedMatrix dx(backend, p.n, p.c, 1);
  const GuardedVec<float> dgamma(backend, std::vector<float>(p.gamma.size(), start));
  const GuardedVec<float> dbeta(backend, std::vector<float>(p.beta.size(), start));
  ScratchStream stream(backend, backend.activate_backward_scratch(p.n, p.c));
  backend.activate_backward(stream, x.view(), upstream.view(), inputs.block(),
                            in_place ? upstream.view() : dx.view(), dgamma.view(), dbeta.view());
  return {in_place ? upstream.values() : dx.values(), dgamma.values(), dbeta.values()};
}

class ActivationTest : public ::testing::TestWithParam<BackendCase> {
 protected:
  std::unique_ptr<Backend> backend_ = GetParam().make();
};

TEST_P(ActivationTest, ForwardAppliesEveryCombinationOfParts) {
  WEFT_TEST_RANDOM(random);
  for (int parts = 0; parts < 16; ++parts) {
    for (const std::int64_t c : {1, 7, 31, 33, 40, 257}) {
      SCOPED_TRACE("parts " + std::to_string(parts) + ", c " + std::to_string(c));
      const ActivationProblem p = make_problem(random, 19, c, parts);
      expect_within(run_activate(*backend_, p), reference::activate(p));
    }
  }
}

TEST_P(ActivationTest, BackwardAppliesEveryCombinationOfParts) {
  WEFT_TEST_RANDOM(random);
  for (int parts = 0; parts < 16; ++parts) {
    for (const std::int64_t c : {1, 7, 31, 33, 40, 257}) {
      SCOPED_TRACE("parts " + std::to_string(parts) + ", c " + std::to_string(c));
      ActivationProblem p = make_problem(random, 19, c, parts);
      leave_kink(p);
      const auto dy = draw(random, p.n * p.c);
      const Gradients got = run_backward(*backend_, p, dy);
      const auto expected = reference::activate_backward(p, dy);
      expect_within(got.dx, expected.dx);
      expect_within(got.dgamma, expected.dgamma);
      expect_within(got.dbeta, expected.dbeta);
    }
  }
}

TEST_P(ActivationTest, BackwardSumsOverManyBlocksOfRows) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t n : {1, 255, 256, 257, 1000}) {
    SCOPED_TRACE("n " + std::to_string(n));
    ActivationProblem p = make_problem(random, n, 40, kNorm | kRelu | kDrop);
    leave_kink(p);
    const auto dy = draw(random, p.n * p.c);
    const Gradients got = run_backward(*backend_, p, dy);
    const auto expected = reference::activate_backward(p, dy);
    expect_within(got.dx, expected.dx);
    expect_within(got.dgamma, expected.dgamma);
    expect_within(got.dbeta, expected.dbeta);
  }
}

TEST_P(ActivationTest, BackwardAddsToTheGradientsOfParameters) {
  WEFT_TEST_RANDOM(random);
  const ActivationProblem p = make_problem(random, 8, 5, kNorm);
  const std::vector<double> dy(static_cast<std::size_t>(p.n * p.c), 0.0);
  const Gradients got = run_backward(*backend_, p, dy, false, 2.5f);
  EXPECT_EQ(got.dgamma, std::vector<float>(5, 2.5f));
  EXPECT_EQ(got.dbeta, std::vector<float>(5, 2.5f));
}

TEST_P(ActivationTest, MayOverwriteItsInput) {
  WEFT_TEST_RANDOM(random);
  const ActivationProblem p = make_problem(random, 300, 33, kNorm | kRelu | kDrop);
  EXPECT_EQ(run_activate(*backend_, p, true), run_activate(*backend_, p));
  const auto dy = draw(random, p.n * p.c);
  const Gradients apart = run_backward(*backend_, p, dy), in_place = run_backward(*backend_, p, dy, true);
  EXPECT_EQ(in_place.dx, apart.dx);
  EXPECT_EQ(in_place.dgamma, apart.dgamma);
  EXPECT_EQ(in_place.dbeta, apart.dbeta);
}

TEST_P(ActivationTest, DropsExactlyWhatTheGeneratorSays) {
  WEFT_TEST_RANDOM(random);
  for (const int parts : {0, int{kRowIds}}) {
    for (const float rate : {0.1f, 0.5f, 0.999f}) {
      ActivationProblem p = make_problem(random, 37, 259, parts);
      p.rate = rate;
      p.x.assign(p.x.size(), 1.0);
      const auto y = run_activate(*backend_, p);
      const auto dx = run_backward(*backend_, p, p.x).dx;
      const float kept = 1.0f / (1.0f - rate);
      for (std::int64_t i = 0; i < p.n; ++i) {
        for (std::int64_t j = 0; j < p.c; ++j) {
          const float wanted = p.dropped(i, j) ? 0.0f : kept;
          ASSERT_EQ(y[p.at(i, j)], wanted) << "row " << i << ", column " << j << ", rate " << rate;
          ASSERT_EQ(dx[p.at(i, j)], wanted) << "row " << i << ", column " << j << ", rate " << rate;
        }
      }
    }
  }
}

TEST_P(ActivationTest, KeepsTheWordThatEqualsTheThreshold) {
  WEFT_TEST_RANDOM(random);
  ActivationProblem p = make_problem(random, 64, 64, 0);
  p.x.assign(p.x.size(), 1.0);
  int found = 0;
  for (std::int64_t i = 0; i < p.n; ++i) {
    for (std::int64_t j = 0; j < p.c; ++j) {
      const std::uint32_t word = random_quad(p.key, i, static_cast<std::uint32_t>(j / 4)).v[j % 4];
      if (word % 256 != 0 || word < 0x80000000u) continue;  // no rate of 24 bits has this threshold
      p.rate = static_cast<float>(word) * 0x1.0p-32f;
      ASSERT_EQ(drop_threshold(p.rate), word);
      EXPECT_NE(run_activate(*backend_, p)[p.at(i, j)], 0.0f);
      EXPECT_NE(run_backward(*backend_, p, p.x).dx[p.at(i, j)], 0.0f);
      ++found;
    }
  }
  EXPECT_GT(found, 0);
}

TEST_P(ActivationTest, LetsNanThroughTheReluButNotThroughDropout) {
  ActivationProblem p;
  p.n = 1;
  p.c = 64;
  p.relu = true;
  p.rate = 0.5f;
  const StepState step = step_state();
  p.key = random_key(step.seed, step.run, kLayer, Purpose::kDropout, step.step);
  p.x.assign(64, std::numeric_limits<double>::quiet_NaN());
  const auto y = run_activate(*backend_, p);
  for (std::int64_t j = 0; j < p.c; ++j) {
    if (p.dropped(0, j)) {
      EXPECT_EQ(y[p.at(0, j)], 0.0f);
    } else {
      EXPECT_TRUE(std::isnan(y[p.at(0, j)]));
    }
  }
}

TEST_P(ActivationTest, TakesEmptyShapes) {
  WEFT_TEST_RANDOM(random);
  for (const auto& [n, c] : {std::pair{0, 5}, std::pair{4, 0}}) {
    const ActivationProblem p = make_problem(random, n, c, kNorm | kRelu | kDrop);
    EXPECT_TRUE(run_activate(*backend_, p).empty());
    const Gradients got = run_backward(*backend_, p, {}, false, 1.0f);
    EXPECT_EQ(got.dgamma, std::vector<float>(static_cast<std::size_t>(c), 1.0f));
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, ActivationTest, ::testing::ValuesIn(all_backends()), backend_name);

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

TEST(ActivationBits, AreTheSameOnEveryInstructionSetAndThreadCount) {
  WEFT_TEST_RANDOM(random);
  const ActivationProblem p = make_problem(random, 1500, 75, kNorm | kRelu | kDrop);
  const auto dy = draw(random, p.n * p.c);
  std::vector<float> first;
  for (const BackendCase& which : equal_backends()) {
    SCOPED_TRACE(which.name);
    const auto backend = which.make();
    std::vector<float> all = run_activate(*backend, p);
    const Gradients got = run_backward(*backend, p, dy);
    for (const auto* part : {&got.dx, &got.dgamma, &got.dbeta})
      all.insert(all.end(), part->begin(), part->end());
    if (first.empty()) first = all;
    EXPECT_EQ(std::memcmp(all.data(), first.data(), all.size() * sizeof(float)), 0);
  }
}

}  // namespace
}  // namespace weft::testing
