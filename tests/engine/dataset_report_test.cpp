#include "engine/dataset_report.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "data/graph.hpp"

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
  EXPECT_EQ(info.in_degree.min, 0);
  EXPECT_EQ(info.in_degree.max, 2);
  EXPECT_DOUBLE_EQ(info.in_degree.mean, 0.8);
  EXPECT_EQ(info.out_degree.max, 1);
  EXPECT_EQ(info.feature_columns, 0);
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
  EXPECT_EQ(info.unlabelled_nodes, 1);
  EXPECT_EQ(info.label_range, std::make_pair(0.0, 2.0));
  ASSERT_EQ(info.splits.size(), 1u);
  EXPECT_EQ(info.splits[0].sizes, (std::array<std::int64_t, 3>{2, 1, 0}));
}

TEST(DatasetReport, NothingIsLabelled) {
  FiveNodes five;
  five.labels.assign(5, std::numeric_limits<float>::quiet_NaN());
  const DatasetInfo info = describe(five.dataset, 1);
  EXPECT_FALSE(info.homophily.has_value());
  EXPECT_FALSE(info.label_range.has_value());
  EXPECT_EQ(info.unlabelled_nodes, 5);
}

}  // namespace
}  // namespace weft::engine
