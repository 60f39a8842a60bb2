#include "engine/report/dataset_report.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "data/graph/graph.hpp"

namespace weft::engine {
namespace {

/// Five nodes; edges 0 -> 1, 1 -> 0, 2 -> 0, 3 -> 3; node 4 has none. Node 2 has no label.
struct FiveNodes {
  std::vector<NodeId> source{0, 1, 2, 3};
  std::vector<NodeId> target{1, 0, 0, 3};
  data::HostCsr csr = data::csr_from_edges({source.data(), 4}, {target.data(), 4}, 5, 5, false, 1);
  std::vector<float> labels{1, 1, std::numeric_limits<float>::quiet_NaN(), 2, 0};
  std::vector<std::int64_t> train{0, 3}, valid{1};
  data::Dataset dataset;

  FiveNodes() {
    dataset.facts.name = "five";
    dataset.facts.default_split = "own";
    dataset.facts.num_classes = 3;
    data::Table& nodes = dataset.tables[data::kNodeType];
    nodes.rows = 5;
    nodes.columns["node_label"] = {DType::kF32, {5, 1}, labels.data()};
    dataset.relations.push_back({data::kNodeType, data::kEdgeType, data::kNodeType, csr.view(), {}});
    data::Split& split = dataset.splits["own"];
    split[data::Part::kTrain][data::kNodeType] = {DType::kI64, {2}, train.data()};
    split[data::Part::kValid][data::kNodeType] = {DType::kI64, {1}, valid.data()};
  }
};

TEST(DatasetReport, CountsNodesAndDegrees) {
  const FiveNodes five;
  const DatasetInfo info = describe(five.dataset, 2);
  EXPECT_EQ(info.num_nodes, 5);
  EXPECT_EQ(info.num_edges, 4);
  EXPECT_EQ(info.isolated_nodes, 1);
  EXPECT_EQ(info.self_loops, 1);
  ASSERT_EQ(info.relations.size(), 1u);
  EXPECT_EQ(info.relations[0].in_degree.min, 0);
  EXPECT_EQ(info.relations[0].in_degree.max, 2);
  EXPECT_DOUBLE_EQ(info.relations[0].in_degree.mean, 0.8);
  EXPECT_EQ(info.relations[0].out_degree.max, 1);
  ASSERT_EQ(info.node_types.size(), 1u);
  EXPECT_EQ(info.node_types[0].feature_columns, 0);
  EXPECT_EQ(info.num_graphs, 1);
}

TEST(DatasetReport, WeightsOfEdges) {
  FiveNodes five;
  EXPECT_FALSE(describe(five.dataset, 1).relations[0].weights);
  const std::vector<std::int32_t> weights{4, -1, 2, 3};
  data::Array& column = five.dataset.relations[0].edge_columns["edge_weight"];
  column = {DType::kI32, {4, 1}, weights.data()};
  const WeightInfo info = describe(five.dataset, 1).relations[0].weights.value();
  EXPECT_EQ(info.min, -1);
  EXPECT_EQ(info.mean, 2);
  EXPECT_EQ(info.max, 4);
  column.shape = {2, 2};
  EXPECT_FALSE(describe(five.dataset, 1).relations[0].weights);
}

TEST(DatasetReport, HomophilyLeavesOutEdgesWithoutLabels) {
  FiveNodes five;
  EXPECT_DOUBLE_EQ(describe(five.dataset, 1).homophily.value(),
                   1.0);  // of three edges; 2 -> 0 does not count
  five.labels[1] = 0;
  EXPECT_DOUBLE_EQ(describe(five.dataset, 1).homophily.value(), 1.0 / 3.0);
}

TEST(DatasetReport, RangeOfLabelsAndSizesOfSplits) {
  const FiveNodes five;
  const DatasetInfo info = describe(five.dataset, 1);
  ASSERT_EQ(info.labels.size(), 1u);
  EXPECT_EQ(info.labels[0].of, "node");
  EXPECT_EQ(info.labels[0].unlabelled, 1);
  EXPECT_DOUBLE_EQ(info.labels[0].missing, 0.2);
  EXPECT_EQ(info.labels[0].min, 0.0);
  EXPECT_EQ(info.labels[0].max, 2.0);
  EXPECT_EQ(info.labels[0].class_counts, (std::map<std::int64_t, std::int64_t>{{0, 1}, {1, 2}, {2, 1}}));
  EXPECT_DOUBLE_EQ(info.labels[0].mean, 1.0);
  ASSERT_EQ(info.splits.size(), 1u);
  EXPECT_EQ(info.splits[0].sizes, (std::array<std::int64_t, 3>{2, 1, 0}));
}

TEST(DatasetReport, NothingIsLabelled) {
  FiveNodes five;
  five.labels.assign(5, std::numeric_limits<float>::quiet_NaN());
  const DatasetInfo info = describe(five.dataset, 1);
  EXPECT_FALSE(info.homophily.has_value());
  EXPECT_EQ(info.labels[0].unlabelled, 5);
  EXPECT_EQ(info.labels[0].missing, 1.0);
}

TEST(DatasetReport, ALargeLabelTakesNoMemory) {
  FiveNodes five;
  five.labels[3] = 2e9f;
  five.dataset.facts.num_classes = 2'000'000'001;
  EXPECT_EQ(describe(five.dataset, 1).labels[0].class_counts,
            (std::map<std::int64_t, std::int64_t>{{0, 1}, {1, 2}, {2'000'000'000, 1}}));
}

TEST(DatasetReport, RegressionCountsNoClasses) {
  FiveNodes five;
  five.dataset.facts.num_classes = -1;
  const DatasetInfo info = describe(five.dataset, 1);
  EXPECT_TRUE(info.labels[0].class_counts.empty());
  EXPECT_DOUBLE_EQ(info.labels[0].std.value(), std::sqrt(2.0 / 3.0));  // of 1, 1, 2, 0
}

TEST(DatasetReport, ManyGraphs) {
  FiveNodes five;
  const std::vector<std::int64_t> starts{0, 3, 5}, offsets{0, 2, 5};
  const std::vector<std::int32_t> tokens{0, 1, 1, 2, 0};
  const std::string words = "get\nset\nit\n";
  five.dataset.tables[data::kGraphType].rows = 2;
  five.dataset.arrays[data::kGraphOffsets] = {DType::kI64, {3}, starts.data()};
  five.dataset.arrays[data::kLabelOffsets] = {DType::kI64, {3}, offsets.data()};
  five.dataset.arrays[data::kLabelTokens] = {DType::kI32, {5}, tokens.data()};
  five.dataset.arrays[data::kLabelVocabulary] = {
      DType::kU8, {static_cast<std::int64_t>(words.size())}, words.data()};
  five.dataset.splits["own"][data::Part::kTest][data::kGraphType] = {DType::kI64, {1}, five.valid.data()};
  const DatasetInfo info = describe(five.dataset, 1);
  EXPECT_EQ(info.num_graphs, 2);
  EXPECT_EQ(info.num_nodes, 5);
  EXPECT_EQ(info.nodes_per_graph.min, 2);
  EXPECT_EQ(info.nodes_per_graph.max, 3);
  EXPECT_EQ(info.edges_per_graph.min, 1);
  EXPECT_EQ(info.edges_per_graph.max, 3);
  EXPECT_EQ(info.isolated_nodes, 1);
  ASSERT_TRUE(info.tokens.has_value());
  EXPECT_EQ(info.tokens->vocabulary, 3);
  EXPECT_DOUBLE_EQ(info.tokens->per_graph.mean, 2.5);
  EXPECT_EQ(info.splits[0].sizes[2], 1);
}

TEST(DatasetReport, RelationsBetweenTypes) {
  FiveNodes five;
  const std::vector<NodeId> author{0, 0}, paper{1, 4};
  const data::HostCsr writes = data::csr_from_edges({author.data(), 2}, {paper.data(), 2}, 5, 2, false, 1);
  five.dataset.tables["author"].rows = 2;
  five.dataset.relations.push_back({"author", "writes", data::kNodeType, writes.view(), {}});
  const DatasetInfo info = describe(five.dataset, 1);
  EXPECT_EQ(info.num_nodes, 7);
  EXPECT_EQ(info.num_edges, 6);
  EXPECT_EQ(info.self_loops, 1) << "0 -> 0 between types is no loop";
  EXPECT_EQ(info.isolated_nodes, 1) << "author 1; node 4 has an author now";
  ASSERT_EQ(info.relations.size(), 2u);
  EXPECT_EQ(info.relations[1].name, "writes");
  EXPECT_EQ(info.relations[1].out_degree.max, 2);
  EXPECT_DOUBLE_EQ(info.homophily.value(), 1.0);
}

TEST(DatasetReport, LinkSplitsCountPositivesAndNegatives) {
  FiveNodes five;
  std::vector<std::int64_t> ids(12, 0);
  data::Split& edges = five.dataset.splits["edges"];
  edges[data::Part::kTrain]["edge"] = {DType::kI64, {6, 2}, ids.data()};
  edges[data::Part::kTrain]["weight"] = {DType::kI64, {6}, ids.data()};
  edges[data::Part::kValid]["edge"] = {DType::kI64, {2, 2}, ids.data()};
  edges[data::Part::kValid]["edge_neg"] = {DType::kI64, {5, 2}, ids.data()};
  edges[data::Part::kTest]["source_node"] = {DType::kI64, {3}, ids.data()};
  edges[data::Part::kTest]["target_node"] = {DType::kI64, {3}, ids.data()};
  edges[data::Part::kTest]["target_node_neg"] = {DType::kI64, {3, 4}, ids.data()};
  const SplitInfo split = describe(five.dataset, 1).splits[0];
  EXPECT_EQ(split.name, "edges");
  EXPECT_EQ(split.sizes, (std::array<std::int64_t, 3>{6, 2, 3}));
  EXPECT_EQ(split.negatives, (std::array<std::int64_t, 3>{0, 5, 12}));
  EXPECT_EQ(split.arrays[2].at("target_node_neg"), (std::vector<std::int64_t>{3, 4}));
}

TEST(DatasetReport, SparseFeatures) {
  FiveNodes five;
  const std::vector<std::int64_t> offsets{0, 1, 1, 2, 2, 2};
  const std::vector<NodeId> columns{7, 8};
  const std::vector<float> values{1, 2};
  five.dataset.facts.sparse_columns = 9;
  five.dataset.arrays[data::kFeatureOffsets] = {DType::kI64, {6}, offsets.data()};
  five.dataset.arrays[data::kFeatureColumns] = {DType::kI32, {2}, columns.data()};
  five.dataset.arrays[data::kFeatureValues] = {DType::kF32, {2}, values.data()};
  const NodeTypeInfo nodes = describe(five.dataset, 1).node_types[0];
  EXPECT_EQ(nodes.feature_columns, 9);
  EXPECT_EQ(nodes.sparse_values, 2);
}

}  // namespace
}  // namespace weft::engine
