// Adam against the reference over several steps, groups with and without decay, and bits.
#include "tests/reference/adam.hpp"

#include <gtest/gtest.h>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

constexpr float kLearningRate = 0.01f;

/// The optimiser's state in a backend's memory.
class OnBackend {
 public:
  OnBackend(Backend& backend, const std::vector<float>& parameters, const std::vector<AdamGroup>& groups,
            const AdamOptions& options = {})
      : backend_(backend),
        parameters_(backend, parameters),
        m_(backend, std::vector<float>(parameters.size(), 0.0f)),
        v_(backend, std::vector<float>(parameters.size(), 0.0f)),
        groups_(backend, groups),
        state_(backend, std::vector<StepState>{{.learning_rate = kLearningRate}}),
        options_(options) {}

  void step(const std::vector<float>& gradients) {
    const GuardedVec<float> there(backend_, gradients);
    run_guarded(backend_, BeginStep{state_.data()});
    run_guarded(backend_, Adam{parameters_.view(), there.view(), m_.view(), v_.view(), groups_.view(),
                               options_, state_.data()});
  }
  std::vector<float> parameters() const { return parameters_.values(); }
  std::vector<float> m() const { return m_.values(); }
  std::vector<float> v() const { return v_.values(); }
  StepState state() const { return state_.values()[0]; }

 private:
  Backend& backend_;
  GuardedVec<float> parameters_, m_, v_;
  GuardedVec<AdamGroup> groups_;
  GuardedVec<StepState> state_;
  AdamOptions options_;
};

/// Cuts [0, size) into a decayed and an undecayed group.
std::vector<AdamGroup> two_groups(std::int64_t size) {
  return {{0, size / 3, 5e-4f}, {size / 3, size, 0.0f}};
}

class AdamTest : public BackendTest {};

TEST_P(AdamTest, FollowsTheReferenceOverSeveralSteps) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t size : {1, 7, 31, 33, 40, 257, 10000}) {
    SCOPED_TRACE("size " + std::to_string(size));
    const auto start = random.values(size);
    OnBackend got(*backend_, start, two_groups(size));
    reference::Adam expected;
    expected.groups = two_groups(size);
    expected.parameters = expected.m = expected.v = reference::Expected(size);
    expected.parameters.value.assign(start.begin(), start.end());
    for (int step = 1; step <= 12; ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      const auto gradients = random.values(size);
      got.step(gradients);
      expected.step(gradients, static_cast<double>(kLearningRate));
      expect_within(got.parameters(), expected.parameters);
      expect_within(got.m(), expected.m);
      expect_within(got.v(), expected.v);
    }
  }
}

TEST_P(AdamTest, FirstStepMovesByTheLearningRateAgainstTheGradient) {
  OnBackend got(*backend_, {1.0f, 1.0f, 1.0f}, {{0, 3, 0.0f}});
  got.step({1e-3f, -50.0f, 0.0f});
  EXPECT_NEAR(got.parameters()[0], 0.99f, 1e-6f);
  EXPECT_NEAR(got.parameters()[1], 1.01f, 1e-6f);
  EXPECT_EQ(got.parameters()[2], 1.0f);
}

TEST_P(AdamTest, DecayIsAddedToTheGradient) {
  // Coupled decay goes through the moments, so that its first step is the learning rate too, whatever its
  // weight.
  OnBackend got(*backend_, {2.0f, 2.0f}, {{0, 1, 0.5f}, {1, 2, 0.0f}});
  got.step({0.0f, 0.0f});
  EXPECT_NEAR(got.parameters()[0], 1.99f, 1e-6f);
  EXPECT_EQ(got.m()[0], static_cast<float>(1.0 - 0.9));
  EXPECT_EQ(got.parameters()[1], 2.0f);
}

TEST_P(AdamTest, BeginStepCountsAndChangesNothingElse) {
  OnBackend got(*backend_, {1.0f}, {{0, 1, 0.0f}});
  got.step({1.0f});
  got.step({1.0f});
  EXPECT_EQ(got.state().step, 2);
  EXPECT_EQ(got.state().seed, 0u);
  EXPECT_EQ(got.state().learning_rate, kLearningRate);
}

TEST_P(AdamTest, TakesNoParametersAndEmptyGroups) {
  OnBackend nothing(*backend_, {}, {});
  nothing.step({});
  OnBackend got(*backend_, {1.0f}, {{0, 0, 1.0f}, {0, 1, 0.0f}});
  got.step({0.0f});
  EXPECT_EQ(got.parameters(), std::vector<float>{1.0f});
}

WEFT_ON_ALL_BACKENDS(AdamTest);

TEST(AdamBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  const std::int64_t size = 30011;
  const auto start = random.values(size), first_gradients = random.values(size),
             second_gradients = random.values(size);
  expect_same_bits([&](Backend& backend) {
    OnBackend run(backend, start, two_groups(size));
    run.step(first_gradients);
    run.step(second_gradients);
    return bytes_of(run.parameters(), run.m(), run.v());
  });
}

}  // namespace
}  // namespace weft::testing
