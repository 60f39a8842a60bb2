// Memory of a plan: what is alive together never overlaps, what is not shares, and the estimate is what is
// taken.
#include "models/plan.hpp"

#include <gtest/gtest.h>

#include "kernels/cpu_backend.hpp"
#include "tests/support/model_run.hpp"

namespace weft::models {
namespace {

constexpr std::size_t kMatrix = 64 * 16 * sizeof(float);

Plan::Step step(
    std::vector<Tensor> reads, std::vector<Tensor> writes, Plan::Action action = [](const Execution&) {}) {
  return {"step", std::move(reads), std::move(writes), 0, std::move(action)};
}

TEST(Plan, ChainSharesTwoBuffers) {
  Plan plan;
  std::vector<Tensor> t;
  for (int i = 0; i < 6; ++i) t.push_back(plan.transient("t", 64, 16));
  plan.record(Program::kTrain, step({}, {t[0]}));
  for (std::size_t i = 1; i < t.size(); ++i) plan.record(Program::kTrain, step({t[i - 1]}, {t[i]}));
  plan.compile();
  EXPECT_EQ(plan.bytes(), 2 * kMatrix);
}

TEST(Plan, WhatIsNeededLaterKeepsItsPlace) {
  const auto backend = make_cpu_backend({});
  Plan plan;
  const Tensor kept = plan.transient("kept", 64, 16);
  const Tensor a = plan.transient("a", 64, 16);
  const Tensor b = plan.transient("b", 64, 16);
  const Tensor small = plan.transient("small", 3, 5);
  plan.record(Program::kTrain, step({}, {kept}));
  plan.record(Program::kTrain, step({kept}, {a, small}));
  plan.record(Program::kTrain, step({a}, {b}));
  plan.record(Program::kTrain, step({b, kept, small}, {}));
  plan.compile();
  plan.allocate(*backend);
  const auto begin = [&](Tensor t) { return static_cast<const char*>(plan.mat(t).data); };
  for (const Tensor x : {kept, a, b, small}) {
    for (const Tensor y : {kept, a, b, small}) {
      if (x.id == y.id) continue;
      const bool apart =
          begin(x) + x.rows * x.cols * 4 <= begin(y) || begin(y) + y.rows * y.cols * 4 <= begin(x);
      EXPECT_TRUE(apart) << x.id << " and " << y.id;
    }
  }
}

TEST(Plan, ProgramsShareTheArenaButNotWhatPersists) {
  Plan plan;
  const Tensor persistent = plan.persistent("persistent", 64, 16);
  const Tensor train = plan.transient("train", 64, 16);
  const Tensor evaluate = plan.transient("evaluate", 64, 16);
  plan.record(Program::kSetup, step({}, {persistent}));
  plan.record(Program::kTrain, step({persistent}, {train}));
  plan.record(Program::kEvaluate, step({persistent}, {evaluate}));
  plan.compile();
  EXPECT_EQ(plan.bytes(), 2 * kMatrix);
  EXPECT_TRUE(plan.uses(Program::kEvaluate, persistent));
  EXPECT_FALSE(plan.uses(Program::kEvaluate, train));
}

// So that a row of any width can be read 16 bytes at a time.
TEST(Plan, RowsStartOnSectors) {
  constexpr std::int64_t kRows = 9;
  const auto backend = make_cpu_backend({});
  for (const std::int64_t cols : {1, 3, 4, 5, 7, 8, 40, 47, 256, 257}) {
    for (const DType dtype : {DType::kF32, DType::kBf16, DType::kF64}) {
      Plan plan;
      const Tensor t = plan.transient("t", kRows, cols, dtype);
      const Tensor next = plan.persistent("next", kRows, cols, dtype);
      plan.record(Program::kTrain, step({next}, {t}));
      plan.compile();
      plan.allocate(*backend);
      const Mat memory = plan.mat(t);
      EXPECT_GE(memory.ld, cols);
      EXPECT_EQ(memory.dtype, dtype);
      const auto row_bytes = static_cast<std::size_t>(memory.ld) * dtype_bytes(dtype);
      if (cols > 4) {
        EXPECT_EQ(row_bytes % 32, 0u) << cols;
        EXPECT_LT(row_bytes, static_cast<std::size_t>(cols) * dtype_bytes(dtype) + 32) << cols;
      }
      EXPECT_GE(plan.bytes(), 2 * kRows * row_bytes);
    }
  }
}

TEST(Plan, RefusesLateRecordingAndWrongMemory) {
  Plan plan;
  const Tensor features = plan.external("features", 4, 2);
  EXPECT_THROW(plan.attach(features, {nullptr, 4, 3, 3, DType::kF32}), Error);
  plan.compile();
  EXPECT_THROW(plan.transient("late", 1, 1), Error);
  EXPECT_THROW(plan.record(Program::kTrain, step({}, {})), Error);
}

// A 3-layer GCN keeps four hidden activations at most, whatever its depth adds only what backward must see
// again.
TEST(Plan, ThreeLayerGcnFitsFourActivations) {
  const NodeId n = 512;
  weft::testing::ModelProblem problem;
  problem.options.kind = "gcn";
  problem.options.in = 32;
  problem.options.hidden = 64;
  problem.options.out = 8;
  problem.graph = weft::testing::graph_from_rows(std::vector<std::vector<NodeId>>(n), n);
  problem.row_scale.assign(n, 1.0f);
  problem.col_scale.assign(n, 1.0f);
  problem.features.assign(n * 32, 0.5f);
  problem.labels.assign(n, 1);
  for (NodeId row = 0; row < n; row += 2) problem.train.push_back(row);
  const auto backend = make_cpu_backend({});
  const weft::testing::ModelRun run(*backend, problem);
  const std::size_t activation = n * 64 * sizeof(float);
  const Mat hidden{nullptr, n, 64, 64}, weight{nullptr, 64, 64, 64};
  const std::size_t scratch = backend->scratch(GemmTn{hidden, hidden, weight}) +
                              backend->scratch(ActivateBackward{hidden, hidden, {}, hidden});
  EXPECT_LE(run.plan().bytes(), 4 * activation + n * (32 + 2 * 8) * sizeof(float) + scratch);
}

}  // namespace
}  // namespace weft::models
