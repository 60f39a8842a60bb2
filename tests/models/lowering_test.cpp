// What a model lowers to, step by step: a pass over an activation that nobody needs shows here first.
#include <gtest/gtest.h>

#include "kernels/cpu_backend.hpp"
#include "tests/support/model_problems.hpp"
#include "tests/support/model_run.hpp"

namespace weft {
namespace {

using Names = std::vector<std::string>;

Names steps_of(const testing::ModelProblem& problem, models::Program program,
               const models::Storage& storage = {}) {
  const auto backend = make_cpu_backend({1, Isa::kAuto});
  const testing::ModelRun run(*backend, problem, storage);
  Names names;
  for (const models::Plan::Step& step : run.plan().steps(program)) names.push_back(step.name);
  return names;
}

bool has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(Lowering, AGcnTrainsInThisOrder) {
  const Names wanted{"begin step",
                     // y0 = s W, its moments from S W
                     "convs.0 product", "convs.0 scatter product", "convs.0 output moments",
                     "bns.0 statistics", "bns.0 activate",
                     // moments come out of the aggregation
                     "convs.1 product", "convs.1 aggregate", "bns.1 statistics", "bns.1 activate",
                     "convs.2 product", "convs.2 aggregate", "loss",
                     // back; no column sums for biases in front of a batch norm
                     "convs.2 bias gradient", "convs.2 aggregate back", "convs.2 weight gradient",
                     "convs.2 input gradient", "bns.1 backward", "convs.1 aggregate back",
                     "convs.1 weight gradient", "convs.1 input gradient",
                     // masks only: the statistics' gradient is part of dW
                     "bns.0 backward", "convs.0 masked weight gradient", "convs.0 masked weight gradient",
                     "convs.0 weight gradient", "adam"};
  EXPECT_EQ(steps_of(testing::layered_problem("gcn", 6, 64), models::Program::kTrain, {true}), wanted);
}

TEST(Lowering, SageTrainsInThisOrder) {
  const Names wanted{
      "begin step",
      // y0 = [A~ x | x] [Wl; Wr], its moments from the joined features
      "convs.0 product", "convs.0 scatter product", "convs.0 output moments", "bns.0 statistics",
      "bns.0 activate",
      // the aggregation adds to the node's own product, and moments come out of it
      "convs.1 product", "convs.1 own product", "convs.1 aggregate", "bns.1 statistics", "bns.1 activate",
      "convs.2 product", "convs.2 own product", "convs.2 gather output rows", "convs.2 aggregate", "loss",
      // back
      "convs.2 bias gradient", "convs.2 aggregate back", "convs.2 own gradient", "convs.2 own gradient",
      "convs.2 weight gradient", "convs.2 own weight gradient", "convs.2 input gradient",
      "convs.2 own input gradient", "bns.1 backward", "convs.1 aggregate back", "convs.1 weight gradient",
      "convs.1 own weight gradient", "convs.1 input gradient", "convs.1 own input gradient", "bns.0 backward",
      "convs.0 masked weight gradient", "convs.0 masked weight gradient", "convs.0 weight gradient", "adam"};
  EXPECT_EQ(steps_of(testing::layered_problem("sage", 6, 64), models::Program::kTrain, {true}), wanted);
}

TEST(Lowering, HiddenOutputsAreMadeByTheirReadersUnlessTheyAreKept) {
  const auto activations = [](const models::Storage& storage) {
    const Names names = steps_of(testing::layered_problem("gcn", 6, 64), models::Program::kTrain, storage);
    return std::count(names.begin(), names.end(), "bns.0 activate");
  };
  EXPECT_EQ(activations({true}), 1);
  EXPECT_EQ(activations({false}), 0);
}

TEST(Lowering, EvaluationUsesRunningStatisticsOnly) {
  const Names wanted{
      "convs.0 product",          "bns.0 running statistics", "convs.1 product",   "convs.1 aggregate",
      "bns.1 running statistics", "convs.2 product",          "convs.2 aggregate", "count correct"};
  EXPECT_EQ(steps_of(testing::layered_problem("gcn", 6, 64), models::Program::kEvaluate), wanted);
}

TEST(Lowering, AConstantInputHasItsStatisticsFromSetup) {
  for (const char* model : {"gcn", "mlp"}) {
    const std::string first = std::string(model) == "gcn" ? "convs.0" : "lins.0";
    testing::ModelProblem problem = testing::layered_problem(model, 6, 64);
    EXPECT_TRUE(has(steps_of(problem, models::Program::kSetup), first + " input scatter")) << model;
    EXPECT_FALSE(has(steps_of(problem, models::Program::kTrain), "bns.0 moments")) << model;
    problem.options.input_dropout = 0.5f;  // the input changes in every step
    EXPECT_FALSE(has(steps_of(problem, models::Program::kSetup), first + " input scatter")) << model;
  }
}

TEST(Lowering, SparseFeaturesAreMultipliedFirstAndTheirValuesDroppedOnce) {
  testing::ModelProblem problem = testing::layered_problem("gcn", 6, 64);
  problem.sparse = true;
  problem.options.input_dropout = 0.5f;
  problem.options.batch_norm = false;
  problem.options.layers = 2;
  const Names wanted{"begin step",
                     "input dropout",
                     "convs.0 product",
                     "convs.0 aggregate",
                     "bns.0 activate",
                     "convs.1 product",
                     "convs.1 aggregate",
                     "loss",
                     "convs.1 bias gradient",
                     "convs.1 aggregate back",
                     "convs.1 weight gradient",
                     "convs.1 input gradient",
                     "bns.0 backward",
                     "convs.0 bias gradient",
                     "convs.0 aggregate back",
                     "convs.0 weight gradient",
                     "adam"};
  EXPECT_EQ(steps_of(problem, models::Program::kTrain, {true}), wanted);
  EXPECT_EQ(steps_of(problem, models::Program::kSetup, {true}), Names{});
}

TEST(Lowering, WideFeaturesTakeAPassRatherThanAScatterMatrix) {
  const Names wide =
      steps_of(testing::layered_problem("gcn", 33, 64), models::Program::kTrain);  // 33^2 > 16 * 64
  EXPECT_TRUE(has(wide, "bns.0 moments"));
  EXPECT_FALSE(has(wide, "convs.0 scatter product"));
}

}  // namespace
}  // namespace weft
