// A program that is replayed gives the bits that it gives step by step, and is recorded once.
#include <gtest/gtest.h>

#include "tests/support/model_problems.hpp"
#include "tests/support/model_run.hpp"
#include "tests/support/queued_backend.hpp"

namespace weft {
namespace {

constexpr int kEpochs = 5;

struct Outcome {
  std::vector<double> losses;
  std::vector<std::int64_t> correct;
  std::vector<float> values, states;
  bool operator==(const Outcome&) const = default;
};

Outcome train(testing::ModelRun& run) {
  Outcome outcome;
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    outcome.losses.push_back(run.step());
    for (const std::int64_t count : run.evaluate()) outcome.correct.push_back(count);
  }
  outcome.values = run.values();
  outcome.states = run.states();
  return outcome;
}

TEST(Replay, GivesTheBitsOfEachStepOnItsOwn) {
  for (const char* model : {"gcn", "mlp"}) {
    const testing::ModelProblem problem = testing::layered_problem(model, 6, 64);
    testing::QueuedBackend stepped, replayed;
    testing::ModelRun one(stepped, problem, {true}), other(replayed, problem, {true});
    one.set_mode({true, false});
    EXPECT_EQ(train(one), train(other)) << model;
    EXPECT_EQ(stepped.recorded(), 0);
    EXPECT_EQ(replayed.recorded(), 2) << "training and evaluation, once each";
    EXPECT_EQ(replayed.replayed(), 2 * (kEpochs - 1));
  }
}

// What a run begins with lies in memory that a recording reads: parameters, step, seed, learning rate.
TEST(Replay, StaysGoodWhenARunBegins) {
  testing::QueuedBackend backend;
  testing::ModelRun run(backend, testing::layered_problem("gcn", 6, 64), {true});
  const Outcome first = train(run);
  run.begin();
  EXPECT_EQ(train(run), first);
  EXPECT_EQ(backend.recorded(), 2);
}

TEST(Replay, LeavesTimesToTheRunsThatAreStepByStep) {
  testing::QueuedBackend backend;
  testing::ModelRun timed(backend, testing::layered_problem("gcn", 6, 64), {true});
  train(timed);
  for (const auto& step : timed.plan().steps(models::Program::kTrain)) EXPECT_EQ(step.runs, 1) << step.name;
  testing::ModelRun untimed(backend, testing::layered_problem("gcn", 6, 64), {true});
  untimed.set_mode({false, true});
  train(untimed);
  for (const auto& step : untimed.plan().steps(models::Program::kTrain)) EXPECT_EQ(step.runs, 0) << step.name;
}

}  // namespace
}  // namespace weft
