// What a recipe asks of graph and features, on a graph small enough to know every number.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <type_traits>

#include "engine/input/counts.hpp"
#include "engine/input/features.hpp"
#include "engine/input/graph_preparation.hpp"
#include "engine/input/sparse_features.hpp"
#include "kernels/cpu_backend.hpp"
#include "tests/support/files.hpp"

namespace weft::engine {
namespace {

// Edges 0 -> 1, 0 -> 2, 1 -> 2, 2 -> 2; node 3 is alone. Rows are targets.
class Preparation : public ::testing::Test {
 protected:
  Preparation() {
    dataset_.facts.name = "four";
    data::Table& table = dataset_.tables[data::kNodeType];
    table.rows = 4;
    table.columns["node_feat"] = {DType::kU8, {4, 3}, counts_.data()};
    dataset_.relations.push_back(
        {data::kNodeType, data::kEdgeType, data::kNodeType, {4, 4, 4, offsets_.data(), cols_.data()}, {}});
  }

  /// A~ as (row, column) -> value. Scales that are left out are 1.
  static std::map<std::pair<int, int>, double> entries(const CsrView& a, const std::vector<float>& row_scale,
                                                       const std::vector<float>& col_scale) {
    std::map<std::pair<int, int>, double> all;
    for (NodeId r = 0; r < a.num_rows; ++r) {
      for (EdgeId e = a.offsets[r]; e < a.offsets[r + 1]; ++e) {
        const NodeId c = a.cols[e];
        const auto scale = [](const std::vector<float>& scales, NodeId at) {
          return scales.empty() ? 1.0 : double{scales[static_cast<std::size_t>(at)]};
        };
        all[{r, c}] += scale(row_scale, r) * scale(col_scale, c);
      }
    }
    return all;
  }

  std::map<std::pair<int, int>, double> prepared(bool symmetric, bool self_loops,
                                                 const std::string& norm) const {
    GraphOptions options;
    options.symmetric = symmetric;
    options.self_loops = self_loops;
    options.norm = norm;
    const HostOperator op = prepare_graph(dataset_, options, 2);
    auto forward = entries(op.forward_view(), op.row_scale, op.col_scale);
    std::map<std::pair<int, int>, double> back;
    for (const auto& [at, value] : entries(op.backward_view(), op.col_scale, op.row_scale)) {
      back[{at.second, at.first}] = value;
    }
    EXPECT_EQ(forward, back) << "the transpose is another matrix";
    return forward;
  }

  static void expect_entries(const std::map<std::pair<int, int>, double>& got,
                             const std::map<std::pair<int, int>, double>& wanted) {
    ASSERT_EQ(got.size(), wanted.size());
    for (const auto& [at, value] : wanted) {
      ASSERT_EQ(got.count(at), 1u) << at.first << ", " << at.second;
      EXPECT_NEAR(got.at(at), value, 1e-6) << at.first << ", " << at.second;
    }
  }

  std::vector<EdgeId> offsets_{0, 0, 1, 4, 4};
  std::vector<NodeId> cols_{0, 0, 1, 2};
  std::vector<std::uint8_t> counts_{0, 1, 3, 2, 2, 0, 0, 0, 0, 7, 0, 1};
  data::Dataset dataset_;
};

TEST_F(Preparation, BothDividesByOutDegreeOfTheSourceAndInDegreeOfTheTarget) {
  // Out-degrees 2, 1, 1, 0; in-degrees 0, 1, 3, 0.
  expect_entries(prepared(false, false, "both"), {{{1, 0}, 1 / std::sqrt(2.0)},
                                                  {{2, 0}, 1 / std::sqrt(6.0)},
                                                  {{2, 1}, 1 / std::sqrt(3.0)},
                                                  {{2, 2}, 1 / std::sqrt(3.0)}});
}

TEST_F(Preparation, GcnDividesByInDegreesOfBothEnds) {
  // With self-loops: in-degrees 1, 2, 3, 1; the loop of node 2 is there once.
  expect_entries(prepared(false, true, "gcn"), {{{0, 0}, 1.0},
                                                {{1, 0}, 1 / std::sqrt(2.0)},
                                                {{1, 1}, 0.5},
                                                {{2, 0}, 1 / std::sqrt(3.0)},
                                                {{2, 1}, 1 / std::sqrt(6.0)},
                                                {{2, 2}, 1.0 / 3},
                                                {{3, 3}, 1.0}});
}

TEST_F(Preparation, GcnGivesZeroWhereNothingComesIn) {
  expect_entries(prepared(false, false, "gcn"),
                 {{{1, 0}, 0.0}, {{2, 0}, 0.0}, {{2, 1}, 1 / std::sqrt(3.0)}, {{2, 2}, 1.0 / 3}});
}

TEST_F(Preparation, MeanDividesByInDegreesAndSumsToOne) {
  expect_entries(prepared(false, false, "mean"),
                 {{{1, 0}, 1.0}, {{2, 0}, 1.0 / 3}, {{2, 1}, 1.0 / 3}, {{2, 2}, 1.0 / 3}});
  expect_entries(prepared(false, true, "mean"), {{{0, 0}, 1.0},
                                                 {{1, 0}, 0.5},
                                                 {{1, 1}, 0.5},
                                                 {{2, 0}, 1.0 / 3},
                                                 {{2, 1}, 1.0 / 3},
                                                 {{2, 2}, 1.0 / 3},
                                                 {{3, 3}, 1.0}});
}

TEST_F(Preparation, SymmetricIsTheUnionWithItsTranspose) {
  // Degrees 2, 2, 3 (the loop counts once), 0.
  const double a = 1 / std::sqrt(4.0), b = 1 / std::sqrt(6.0);
  const std::map<std::pair<int, int>, double> wanted{{{0, 1}, a}, {{1, 0}, a}, {{0, 2}, b},      {{2, 0}, b},
                                                     {{1, 2}, b}, {{2, 1}, b}, {{2, 2}, 1.0 / 3}};
  expect_entries(prepared(true, false, "both"), wanted);
  expect_entries(prepared(true, false, "gcn"), wanted);
}

TEST_F(Preparation, RestrictedRowsAreRowsOfTheWhole) {
  GraphOptions options;
  const HostOperator all = prepare_graph(dataset_, options, 1);
  const std::vector<NodeId> rows{1, 3};
  const HostOperator some = restrict_rows(all, {rows.data(), 2}, 1);
  EXPECT_EQ(some.forward_view().num_rows, 2);
  EXPECT_EQ(some.backward_view().num_rows, 4);
  const auto whole = entries(all.forward_view(), all.row_scale, all.col_scale);
  std::size_t found = 0;
  for (const auto& [at, value] : entries(some.forward_view(), some.row_scale, some.col_scale)) {
    EXPECT_EQ(value, whole.at({rows[static_cast<std::size_t>(at.first)], at.second}));
    ++found;
  }
  EXPECT_EQ(found, 2u);
}

// What a device is told about rows that it has not looked at.
TEST_F(Preparation, TheLongestRowsAreKnownBothWays) {
  GraphOptions options;
  options.symmetric = false;
  for (const TransposeBy transposer : {TransposeBy::kHost, TransposeBy::kDevice}) {
    const HostOperator all = prepare_graph(dataset_, options, 1, transposer);
    EXPECT_EQ(all.forward_view().longest_row, 3);   // into node 2
    EXPECT_EQ(all.backward_view().longest_row, 2);  // out of node 0
    const std::vector<NodeId> rows{1, 3};
    const HostOperator some = restrict_rows(all, {rows.data(), 2}, 1, transposer);
    EXPECT_EQ(some.forward_view().longest_row, 1);
    EXPECT_EQ(some.backward_view().longest_row, 1);
  }
}

TEST_F(Preparation, WhatTheDeviceTransposesIsLeftOut) {
  GraphOptions options;
  options.symmetric = false;
  const HostOperator by_host = prepare_graph(dataset_, options, 1, TransposeBy::kHost);
  const HostOperator by_device = prepare_graph(dataset_, options, 1, TransposeBy::kDevice);
  EXPECT_EQ(by_host.row_scale, by_device.row_scale);
  EXPECT_EQ(by_host.col_scale, by_device.col_scale);
  EXPECT_LT(by_device.bytes(), by_host.bytes());
  const CsrView sizes = by_device.backward_view();
  EXPECT_EQ(sizes.num_rows, 4);
  EXPECT_EQ(sizes.num_edges, by_host.backward_view().num_edges);
  EXPECT_EQ(sizes.offsets, nullptr);
}

TEST_F(Preparation, CountsAreLoggedWhenTheRecipeSaysSo) {
  FeatureOptions options;
  options.log1p = true;
  const Features logged = load_features(dataset_, options, 0, 2);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    EXPECT_FLOAT_EQ(logged.view.f32()[i], std::log1p(static_cast<float>(counts_[i])));
  }
  options.log1p = false;
  const Features plain = load_features(dataset_, options, 0, 2);
  for (std::size_t i = 0; i < counts_.size(); ++i) EXPECT_EQ(plain.view.f32()[i], counts_[i]);
}

TEST_F(Preparation, ANegativeCountIsNamed) {
  const std::vector<std::int32_t> stored{0, 1, 3, 2, -5, 0, 0, 0, 0, 7, 0, 1};
  dataset_.tables[data::kNodeType].columns["node_feat"] = {DType::kI32, {4, 3}, stored.data()};
  weft::testing::expect_error_with(ErrorCode::kBadData, {"node 1, column 1", "-5", "no count"},
                                   [&] { load_features(dataset_, FeatureOptions{}, 0, 2); });
}

TEST_F(Preparation, RowsAreDividedByTheirSumAndZeroRowsStay) {
  FeatureOptions options;
  options.log1p = false;
  options.row_normalize = true;
  const Features f = load_features(dataset_, options, 0, 2);
  const float wanted[] = {0, 0.25f, 0.75f, 0.5f, 0.5f, 0, 0, 0, 0, 0.875f, 0, 0.125f};
  for (int i = 0; i < 12; ++i) EXPECT_EQ(f.view.f32()[i], wanted[i]) << i;
}

TEST_F(Preparation, FractionsAreTakenAsTheyLie) {
  const std::vector<float> stored(12, 0.5f);
  dataset_.tables[data::kNodeType].columns["node_feat"] = {DType::kF32, {4, 3}, stored.data()};
  FeatureOptions options;
  options.log1p = false;
  EXPECT_EQ(load_features(dataset_, options, 0, 1).view.data, stored.data());
  EXPECT_EQ(feature_bytes(dataset_, options), 0u);
}

TEST_F(Preparation, SparseFeaturesBecomeDense) {
  const std::vector<EdgeId> offsets{0, 2, 2, 3, 4};
  const std::vector<NodeId> columns{0, 4, 1, 2};
  const std::vector<float> stored{1, 3, 0.5f, 2};
  dataset_.tables[data::kNodeType].columns.erase("node_feat");
  dataset_.facts.sparse_columns = 5;
  dataset_.arrays[data::kFeatureOffsets] = {DType::kI64, {5}, offsets.data()};
  dataset_.arrays[data::kFeatureColumns] = {DType::kI32, {4}, columns.data()};
  dataset_.arrays[data::kFeatureValues] = {DType::kF32, {4}, stored.data()};
  FeatureOptions options;
  options.log1p = false;
  EXPECT_EQ(feature_width(dataset_, options), 5);
  EXPECT_EQ(feature_bytes(dataset_, options), 4 * 5 * sizeof(float));
  const std::vector<float> wanted{1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0.5f, 0, 0, 0, 0, 0, 2, 0, 0};
  EXPECT_EQ(load_features(dataset_, options, 0, 2).owned, wanted);
  options.row_normalize = true;
  EXPECT_EQ(load_features(dataset_, options, 0, 2).owned[4], 0.75f);
}

/// Row after row the columns and values that `view` has.
std::vector<std::pair<NodeId, float>> entries_of(const CsrView& view) {
  std::vector<std::pair<NodeId, float>> entries;
  for (EdgeId e = 0; e < view.offsets[view.num_rows]; ++e)
    entries.emplace_back(view.cols[e], view.weights[e]);
  return entries;
}

/// The values of a dense matrix [4, 3] that are not zero.
std::vector<std::pair<NodeId, float>> entries_of(const float* dense) {
  std::vector<std::pair<NodeId, float>> entries;
  for (int i = 0; i < 12; ++i) {
    if (dense[i] != 0.0f) entries.emplace_back(i % 3, dense[i]);
  }
  return entries;
}

TEST_F(Preparation, SparseFeaturesAreTheDenseOnesThatAreNotZero) {
  const auto backend = make_cpu_backend({1, Isa::kAuto});
  const std::vector<float> fractions{0, 0.25f, 0.5f, 2, 0, 0, 0, 0, 0, 0.125f, 1, 0};
  Stream stream;
  for (const bool counts : {true, false}) {
    if (!counts) {
      dataset_.tables[data::kNodeType].columns["node_feat"] = {DType::kF32, {4, 3}, fractions.data()};
    }
    for (const bool log1p : {true, false}) {
      for (const bool row_normalize : {true, false}) {
        FeatureOptions options;
        options.log1p = log1p;
        options.row_normalize = row_normalize;
        const Features dense = load_features(dataset_, options, 0, 2);
        const auto entries = sparse_entries(dataset_, options, 12, 2);
        ASSERT_TRUE(entries);
        SparseFeatures sparse(dataset_, options, *entries, *backend, true);
        sparse.place(*backend, stream, 2);
        EXPECT_EQ(entries_of(sparse.view().matrix), entries_of(dense.view.f32()));
        EXPECT_EQ(sparse.view().matrix.num_edges, *entries);
      }
    }
  }
}

TEST_F(Preparation, CountsAreToldByTheirValuesWhateverTheType) {
  const auto reason = [&](const auto& stored) {
    using T = typename std::remove_cvref_t<decltype(stored)>::value_type;
    dataset_.tables[data::kNodeType].columns["node_feat"] = {DTypeOf<T>::value, {4, 3}, stored.data()};
    return why_no_counts(dataset_).value_or("counts");
  };
  const std::vector<std::int64_t> counts{0, 1, 3, 2, 2, 0, 0, 0, 0, 7, 0, 1};
  const auto as = [](const auto& values, auto type) {
    return std::vector<decltype(type)>(values.begin(), values.end());
  };
  for (const auto& [change, wanted] : std::vector<std::pair<double, std::string>>{
           {7, "counts"}, {-5, "node 3, column 0 is -5"}, {1e9, "counts"}}) {
    std::vector<double> values = as(counts, double{});
    values[9] = change;
    EXPECT_EQ(reason(values), wanted);
    EXPECT_EQ(reason(as(values, float{})), wanted);
    EXPECT_EQ(reason(as(values, std::int32_t{})), wanted);
    EXPECT_EQ(reason(as(values, std::int64_t{})), wanted);
  }
  EXPECT_EQ(reason(as(counts, std::uint8_t{})), "counts");
  std::vector<float> floats = as(counts, float{});
  for (const float fraction : {0.25f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
    floats[11] = fraction;
    EXPECT_TRUE(reason(floats).starts_with("node 3, column 2 is ")) << fraction;
  }
  const std::vector<std::int64_t> zeros_and_ones{0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1};
  EXPECT_EQ(reason(zeros_and_ones), "all are 0 or 1");
  EXPECT_EQ(reason(as(zeros_and_ones, float{})), "all are 0 or 1");
}

// The same counts as bytes, as float32 and as a sparse matrix give the same bits.
TEST_F(Preparation, TheSameCountsGiveTheSameFeatures) {
  FeatureOptions options;
  const std::vector<float> wanted = load_features(dataset_, options, 0, 2).owned;
  const std::vector<float> floats(counts_.begin(), counts_.end());
  data::Table& table = dataset_.tables[data::kNodeType];
  table.columns["node_feat"] = {DType::kF32, {4, 3}, floats.data()};
  EXPECT_EQ(load_features(dataset_, options, 0, 2).owned, wanted);

  const std::vector<EdgeId> offsets{0, 2, 4, 4, 6};
  const std::vector<NodeId> columns{1, 2, 0, 1, 0, 2};
  const std::vector<float> values{1, 3, 2, 2, 7, 1};
  table.columns.erase("node_feat");
  dataset_.facts.sparse_columns = 3;
  dataset_.arrays[data::kFeatureOffsets] = {DType::kI64, {5}, offsets.data()};
  dataset_.arrays[data::kFeatureColumns] = {DType::kI32, {6}, columns.data()};
  dataset_.arrays[data::kFeatureValues] = {DType::kF32, {6}, values.data()};
  EXPECT_EQ(why_no_counts(dataset_), std::nullopt);
  EXPECT_EQ(load_features(dataset_, options, 0, 2).owned, wanted);
  const auto backend = make_cpu_backend({1, Isa::kAuto});
  Stream stream;
  for (const bool row_normalize : {false, true}) {
    options.row_normalize = row_normalize;
    const std::vector<float> all = load_features(dataset_, options, 0, 2).owned;
    SparseFeatures sparse(dataset_, options, 6, *backend, true);
    sparse.place(*backend, stream, 2);
    EXPECT_EQ(entries_of(sparse.view().matrix), entries_of(all.data()));
  }
}

TEST_F(Preparation, FeaturesAreKeptSparseUpToABound) {
  FeatureOptions options;
  const auto not_zero = 12 - std::count(counts_.begin(), counts_.end(), 0);
  EXPECT_EQ(sparse_entries(dataset_, options, not_zero, 2), not_zero);
  EXPECT_EQ(sparse_entries(dataset_, options, not_zero - 1, 2), std::nullopt);
  EXPECT_EQ(sparse_entries(dataset_, options, 0, 2), std::nullopt);
  options.source = "random:33";
  EXPECT_EQ(sparse_entries(dataset_, options, 12, 2), std::nullopt);
}

TEST_F(Preparation, ANegativeSparseCountIsNamed) {
  const std::vector<std::int32_t> stored{0, 1, 3, 2, -5, 0, 0, 0, 0, 7, 0, 1};
  dataset_.tables[data::kNodeType].columns["node_feat"] = {DType::kI32, {4, 3}, stored.data()};
  const auto backend = make_cpu_backend({1, Isa::kAuto});
  const FeatureOptions options;
  SparseFeatures sparse(dataset_, options, 6, *backend, true);
  Stream stream;
  weft::testing::expect_error_with(ErrorCode::kBadData, {"node 1, column 1", "-5", "no count"},
                                   [&] { sparse.place(*backend, stream, 2); });
}

TEST_F(Preparation, RandomFeaturesAreStandardNormalAndFollowTheSeedAlone) {
  dataset_.tables[data::kNodeType].rows = 2000;
  FeatureOptions options;
  options.source = "random:33";
  const Features one = load_features(dataset_, options, 0, 1), two = load_features(dataset_, options, 0, 3);
  ASSERT_TRUE(one.made_up);
  EXPECT_EQ(one.owned, two.owned);
  double sum = 0.0, squares = 0.0;
  for (const float x : one.owned) {
    sum += x;
    squares += double{x} * x;
  }
  const auto n = static_cast<double>(one.owned.size());
  EXPECT_NEAR(sum / n, 0.0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1.0, 5 * std::sqrt(2 / n));
  EXPECT_NE(load_features(dataset_, options, 1, 1).owned, one.owned);
}

TEST_F(Preparation, MissingFeaturesSayWhatToDo) {
  dataset_.tables[data::kNodeType].columns.clear();
  weft::testing::expect_error_with(ErrorCode::kNotFound, {"four", "--features random"},
                                   [&] { feature_width(dataset_, FeatureOptions{}); });
}

}  // namespace
}  // namespace weft::engine
