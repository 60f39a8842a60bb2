// Parameters: who decays, where they start, and that starting values follow from the seed alone.
#include "models/parameters.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/cpu_backend.hpp"
#include "models/model.hpp"

namespace weft::models {
namespace {

ModelOptions two_layers(bool first_layer_only) {
  ModelOptions options;
  options.kind = "gcn";
  options.layers = 2;
  options.in = 30;
  options.hidden = 20;
  options.out = 7;
  options.weight_decay = 0.25f;
  options.weight_decay_first_layer_only = first_layer_only;
  return options;
}

float decay_of(const Parameters& parameters, const NamedArray& array) {
  for (const AdamGroup& group : parameters.groups()) {
    if (array.offset >= group.begin && array.offset + array.size() <= group.end) return group.weight_decay;
  }
  return NAN;
}

TEST(Parameters, WeightDecayHoldsForLayersAndNotForBatchNorm) {
  for (const bool first_only : {false, true}) {
    Model model(two_layers(first_only));
    for (const NamedArray& array : model.parameters().arrays()) {
      const bool first = array.name.starts_with("convs.0"), norm = array.name.starts_with("bns");
      const float wanted = !norm && (first || !first_only) ? 0.25f : 0.0f;
      EXPECT_EQ(decay_of(model.parameters(), array), wanted) << array.name;
    }
  }
}

TEST(Parameters, GroupsCoverTheVectorWithoutGaps) {
  const auto backend = make_cpu_backend({});
  Model model(two_layers(true));
  model.allocate(*backend);
  std::int64_t at = 0;
  for (const AdamGroup& group : model.parameters().groups()) {
    EXPECT_EQ(group.begin, at);
    at = group.end;
  }
  EXPECT_EQ(at, model.parameters().values().size());
}

TEST(Parameters, StackedOnesAreOneMatrix) {
  const auto backend = make_cpu_backend({});
  Parameters parameters;
  const int first = parameters.add_stacked({"above", "below"}, 3, 5, Init::kUniformFanIn, 0.0f, 3);
  const int other = parameters.add("other", 5, 1, Init::kOnes, 0.0f);
  parameters.allocate(*backend);
  Stream stream;
  parameters.initialize(stream, 1, 0);
  const Mat both = parameters.stacked_value(first, 2);
  EXPECT_EQ(both.rows, 6);
  EXPECT_EQ(both.row(0), parameters.value(first).row(0));
  EXPECT_EQ(both.row(3), parameters.value(first + 1).row(0));
  EXPECT_NE(both.row(0)[0], both.row(3)[0]);
  EXPECT_EQ(parameters.value(other).row(0)[0], 1.0f);
  EXPECT_EQ(parameters.arrays()[1].name, "below");
  EXPECT_EQ(parameters.count(), 35);
}

/// As PyTorch Geometric counts them, for the shapes of OGB's examples.
TEST(Parameters, SageHasAsManyAsOgbsExamples) {
  ModelOptions options;
  options.kind = "sage";
  const auto count = [&](std::int64_t in, std::int64_t out, bool batch_norm) {
    options.in = in;
    options.out = out;
    options.batch_norm = batch_norm;
    return Model(options).parameters().count();
  };
  EXPECT_EQ(count(128, 40, true), 218664);   // ogbn-arxiv
  EXPECT_EQ(count(100, 47, false), 206895);  // ogbn-products
  EXPECT_EQ(count(8, 112, false), 193136);   // ogbn-proteins
}

TEST(Parameters, StartAsPyTorchStartsThem) {
  const auto backend = make_cpu_backend({});
  Stream stream;
  Parameters parameters;
  const int glorot = parameters.add("glorot", 300, 100, Init::kGlorotUniform, 0.0f);
  const int linear = parameters.add("linear", 300, 100, Init::kUniformFanIn, 0.0f, 300);
  const int ones = parameters.add("ones", 5, 1, Init::kOnes, 0.0f);
  parameters.allocate(*backend);
  parameters.initialize(stream, 4, 0);
  const auto expect_uniform = [&](int parameter, double bound) {
    double largest = 0.0, sum = 0.0, squares = 0.0;
    const Vec<float> values = parameters.value_vector(parameter);
    for (const float x : values) {
      largest = std::max(largest, std::abs(double{x}));
      sum += x;
      squares += double{x} * x;
    }
    const auto n = static_cast<double>(values.size);
    EXPECT_LE(largest, bound);
    EXPECT_GT(largest, 0.999 * bound);
    EXPECT_NEAR(sum / n, 0.0, 5 * bound / std::sqrt(3 * n));
    EXPECT_NEAR(squares / n, bound * bound / 3, 0.02 * bound * bound);
  };
  expect_uniform(glorot, std::sqrt(6.0 / 400.0));
  expect_uniform(linear, 1.0 / std::sqrt(300.0));
  for (const float x : parameters.value_vector(ones)) EXPECT_EQ(x, 1.0f);
}

TEST(Parameters, StartingValuesFollowTheSeed) {
  const auto backend = make_cpu_backend({});
  Stream stream;
  const auto start = [&](std::uint64_t seed) {
    Model model(two_layers(false));
    model.allocate(*backend);
    model.parameters().initialize(stream, seed, 0);
    const Vec<float> values = model.parameters().values().view();
    return std::vector<float>(values.begin(), values.end());
  };
  EXPECT_EQ(start(1), start(1));
  EXPECT_NE(start(1), start(2));
}

}  // namespace
}  // namespace weft::models
