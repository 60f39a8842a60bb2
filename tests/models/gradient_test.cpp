// Every parameter of every model against central differences of the double reference.
#include <gtest/gtest.h>

#include <random>

#include "tests/reference/model.hpp"
#include "tests/support/model_run.hpp"
#include "tests/support/model_settings.hpp"

namespace weft {
namespace {

struct Case {
  const char* name;
  models::ModelOptions options;
  bool symmetric;
  bool sparse = false;  // half of the features are zero, and they are kept sparse
};

models::ModelOptions options(const char* model, int layers, std::int64_t in, std::int64_t hidden,
                             float dropout, float input_dropout, bool batch_norm) {
  models::ModelOptions o;
  o.kind = model;
  o.layers = layers;
  o.in = in;
  o.hidden = hidden;
  o.out = 4;
  o.dropout = dropout;
  o.input_dropout = input_dropout;
  o.batch_norm = batch_norm;
  return o;
}

// A random graph with an isolated node, a hub and a self-loop, and unequal row and column scales.
testing::ModelProblem make_problem(const Case& c) {
  std::mt19937 random(7);
  const NodeId n = 23;
  std::vector<std::vector<bool>> pattern(n, std::vector<bool>(n, false));
  for (NodeId u = 0; u < n; ++u) {
    for (NodeId v = 0; v < n; ++v) pattern[u][v] = u != 5 && v != 5 && (random() % 9 == 0 || u == 2);
  }
  if (c.symmetric) {
    for (NodeId u = 0; u < n; ++u) {
      for (NodeId v = 0; v < u; ++v) pattern[u][v] = pattern[v][u];
    }
  }
  std::vector<std::vector<NodeId>> rows(n);
  for (NodeId u = 0; u < n; ++u) {
    for (NodeId v = 0; v < n; ++v) {
      if (pattern[u][v]) rows[u].push_back(v);
    }
  }
  testing::ModelProblem problem;
  problem.options = c.options;
  problem.graph = testing::graph_from_rows(rows, n);
  std::uniform_real_distribution<float> scale(0.3f, 1.0f), value(-1.0f, 1.0f);
  for (NodeId u = 0; u < n; ++u) {
    problem.row_scale.push_back(scale(random));
    problem.col_scale.push_back(scale(random));
    problem.labels.push_back(static_cast<std::int32_t>(random() % 4));
    if (u % 2 == 0 || u == 5) problem.train.push_back(u);
  }
  for (std::int64_t i = 0; i < n * c.options.in; ++i) problem.features.push_back(value(random));
  if (!c.sparse) return problem;
  for (float& x : problem.features) x = random() % 2 == 0 ? 0.0f : x;
  problem.sparse = true;
  return problem;
}

reference::Problem reference_of(const testing::ModelProblem& p, StepState step) {
  const auto n = static_cast<std::int64_t>(p.labels.size());
  reference::Problem r{
      p.options, reference::Dense(n, n), reference::Dense(n, p.options.in), p.labels, p.train, step};
  const auto rows = testing::rows_of(p.graph);
  for (std::int64_t u = 0; u < n; ++u) {
    for (const NodeId v : rows[static_cast<std::size_t>(u)]) {
      r.adjacency(u, v) +=
          double{p.row_scale[static_cast<std::size_t>(u)]} * p.col_scale[static_cast<std::size_t>(v)];
    }
  }
  std::copy(p.features.begin(), p.features.end(), r.features.v.begin());
  return r;
}

reference::Values values_of(const models::Parameters& parameters, const std::vector<float>& from) {
  reference::Values values;
  for (const models::NamedArray& array : parameters.arrays()) {
    reference::Dense dense(array.rows, array.cols);
    std::copy_n(from.begin() + array.offset, array.size(), dense.v.begin());
    values[array.name] = dense;
  }
  return values;
}

class Gradients : public ::testing::TestWithParam<std::tuple<Case, testing::ModelSetting>> {
 protected:
  const Case& problem() const { return std::get<0>(GetParam()); }
  const models::Storage& storage() const { return std::get<1>(GetParam()).storage; }

  const std::unique_ptr<Backend> backend_ = std::get<1>(GetParam()).make();
};

TEST_P(Gradients, EveryParameterMatchesCentralDifferences) {
  const testing::ModelProblem host = make_problem(problem());
  testing::ModelRun run(*backend_, host, storage());
  // Start away from the zeros and ones of a fresh model, so that no term is hidden.
  std::mt19937 random(11);
  std::normal_distribution<float> noise(0.0f, 0.2f);
  std::vector<float> start = run.values();
  for (float& value : start) value += noise(random);
  run.set_values(start);
  const reference::Values values = values_of(run.parameters(), start);

  const double loss = run.step();
  const reference::Problem wanted = reference_of(host, run.state());
  const reference::ModelReference reference(wanted);
  EXPECT_NEAR(loss, reference.loss(values), 2e-6 * std::abs(loss));

  const reference::Values gradients = values_of(run.parameters(), run.gradients());
  constexpr double kStep = 1e-5;
  for (const auto& [name, gradient] : gradients) {
    double error = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < gradient.v.size(); ++i) {
      reference::Values moved = values;
      moved[name].v[i] += kStep;
      const double above = reference.loss(moved);
      moved[name].v[i] -= 2 * kStep;
      const double difference = (above - reference.loss(moved)) / (2 * kStep);
      error += (gradient.v[i] - difference) * (gradient.v[i] - difference);
      norm += difference * difference;
    }
    EXPECT_LE(std::sqrt(error), 1e-4 * std::sqrt(norm) + 2e-6) << name << ", norm " << std::sqrt(norm);
  }
}

// What a batch norm takes away again must not move: the noise of a computed gradient would, by full steps of
// Adam.
TEST_P(Gradients, ABiasInFrontOfABatchNormStays) {
  testing::ModelRun run(*backend_, make_problem(problem()), storage());
  const reference::Values before = values_of(run.parameters(), run.values());
  for (int step = 0; step < 3; ++step) run.step();
  const reference::Values after = values_of(run.parameters(), run.values());
  const models::ModelOptions& o = problem().options;
  for (const auto& [name, value] : after) {
    if (name.starts_with("bns") || !name.ends_with(".bias")) continue;
    const bool last = name.find("." + std::to_string(o.layers - 1) + ".") != std::string::npos;
    EXPECT_EQ(value.v == before.at(name).v, o.batch_norm && !last) << name;
  }
}

// Hidden outputs that were kept are those that would be made again.
TEST_P(Gradients, StorageDoesNotChangeABit) {
  const testing::ModelProblem host = make_problem(problem());
  testing::ModelRun again(*backend_, host, {false}), kept(*backend_, host, {true});
  for (int step = 0; step < 3; ++step) EXPECT_EQ(again.step(), kept.step());
  EXPECT_EQ(again.values(), kept.values());
}

class SparseFeatures : public Gradients {};

// The same elements are dropped and the same products summed, only not the zeros.
TEST_P(SparseFeatures, GiveWhatDenseOnesGive) {
  testing::ModelProblem host = make_problem(problem());
  testing::ModelRun sparse(*backend_, host, storage());
  host.sparse = false;
  testing::ModelRun dense(*backend_, host, storage());
  for (int step = 0; step < 5; ++step) {
    const double loss = dense.step();
    EXPECT_NEAR(sparse.step(), loss, 1e-5 * std::abs(loss)) << "step " << step;
  }
  EXPECT_EQ(sparse.evaluate(), dense.evaluate());
}

const Case kCases[] = {Case{"gcn1", options("gcn", 1, 6, 8, 0.0f, 0.0f, false), true},
                       Case{"gcn1_input_dropout_wide", options("gcn", 1, 3, 8, 0.0f, 0.3f, false), false},
                       Case{"gcn2_kipf", options("gcn", 2, 9, 5, 0.5f, 0.5f, false), true},
                       Case{"gcn2_narrow_hidden", options("gcn", 2, 6, 3, 0.5f, 0.0f, true), false},
                       Case{"gcn3_batch_norm", options("gcn", 3, 6, 8, 0.0f, 0.0f, true), true},
                       Case{"gcn3_dropout", options("gcn", 3, 6, 8, 0.5f, 0.0f, true), true},
                       Case{"gcn3_directed", options("gcn", 3, 6, 8, 0.4f, 0.2f, true), false},
                       Case{"gcn4", options("gcn", 4, 9, 7, 0.25f, 0.0f, true), false},
                       Case{"sage1", options("sage", 1, 6, 8, 0.0f, 0.0f, false), true},
                       Case{"sage1_input_dropout_wide", options("sage", 1, 3, 8, 0.0f, 0.3f, false), false},
                       Case{"sage2_narrow_hidden", options("sage", 2, 6, 3, 0.5f, 0.0f, true), false},
                       Case{"sage3_batch_norm", options("sage", 3, 6, 8, 0.0f, 0.0f, true), true},
                       Case{"sage3_directed", options("sage", 3, 6, 8, 0.4f, 0.2f, true), false},
                       Case{"sage4_growing", options("sage", 4, 5, 7, 0.25f, 0.5f, true), false},
                       Case{"mlp1", options("mlp", 1, 6, 8, 0.0f, 0.0f, false), true},
                       Case{"mlp3_batch_norm", options("mlp", 3, 6, 8, 0.5f, 0.0f, true), true},
                       Case{"mlp2_input_dropout", options("mlp", 2, 6, 8, 0.5f, 0.2f, false), true}};

const Case kSparseCases[] = {
    Case{"gcn2_kipf_sparse", options("gcn", 2, 9, 5, 0.5f, 0.5f, false), true, true},
    Case{"sage2_sparse", options("sage", 2, 9, 5, 0.5f, 0.5f, true), false, true},
    Case{"gcn2_sparse_wide", options("gcn", 2, 3, 7, 0.0f, 0.0f, true), false, true}};

std::string name_of(const ::testing::TestParamInfo<Gradients::ParamType>& test) {
  return std::get<0>(test.param).name + std::string("_") + std::get<1>(test.param).name;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Gradients);
INSTANTIATE_TEST_SUITE_P(Models, Gradients,
                         ::testing::Combine(::testing::ValuesIn(kCases),
                                            ::testing::ValuesIn(testing::model_settings())),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Sparse, Gradients,
                         ::testing::Combine(::testing::ValuesIn(kSparseCases),
                                            ::testing::ValuesIn(testing::model_settings())),
                         name_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SparseFeatures);
INSTANTIATE_TEST_SUITE_P(Models, SparseFeatures,
                         ::testing::Combine(::testing::ValuesIn(kSparseCases),
                                            ::testing::ValuesIn(testing::model_settings())),
                         name_of);

class FarFeatures : public ::testing::TestWithParam<testing::ModelSetting> {};

// The scatter matrix is of centred features: where they lie is not what rounding is relative to.
TEST_P(FarFeatures, LoseNoDigitsToTheirMean) {
  const auto backend = GetParam().make();
  testing::ModelProblem host = make_problem({"mlp3", options("mlp", 3, 6, 8, 0.0f, 0.0f, true), true});
  for (float& x : host.features) x += 100.0f;
  testing::ModelRun run(*backend, host, GetParam().storage);
  const reference::Values values = values_of(run.parameters(), run.values());
  const double loss = run.step();
  const reference::Problem wanted = reference_of(host, run.state());
  EXPECT_NEAR(loss, reference::ModelReference(wanted).loss(values), 2e-5 * std::abs(loss));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FarFeatures);
INSTANTIATE_TEST_SUITE_P(Models, FarFeatures, ::testing::ValuesIn(testing::model_settings()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace weft
