// Labels and splits on their way to a model, whatever a dataset has.
#include "engine/input/targets.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/files.hpp"

namespace weft::engine {
namespace {

using Labels = std::vector<std::int32_t>;

/// Four nodes of which 1 and 3 are to train on.
template <class T>
struct FourNodes {
  std::vector<T> labels;
  std::vector<std::int64_t> train{1, 3};
  data::Dataset dataset;

  explicit FourNodes(std::vector<T> values) : labels(std::move(values)) {
    dataset.facts.name = "four";
    dataset.facts.task = "node";
    dataset.facts.num_classes = 3;
    data::Table& nodes = dataset.tables[data::kNodeType];
    nodes.rows = 4;
    nodes.columns["node_label"] = {DTypeOf<T>::value, {4, 1}, labels.data()};
    dataset.splits["own"][data::Part::kTrain][data::kNodeType] = {DType::kI64, {2}, train.data()};
  }
};

TEST(Targets, LabelsOfEveryType) {
  EXPECT_EQ(read_labels(FourNodes<std::int64_t>({0, 1, 2, 0}).dataset).labels, (Labels{0, 1, 2, 0}));
  EXPECT_EQ(read_labels(FourNodes<std::int32_t>({0, 1, 2, 0}).dataset).labels, (Labels{0, 1, 2, 0}));
  EXPECT_EQ(read_labels(FourNodes<std::uint8_t>({0, 1, 2, 0}).dataset).labels, (Labels{0, 1, 2, 0}));
  EXPECT_EQ(read_labels(FourNodes<float>({0, NAN, 2, 0}).dataset).labels, (Labels{0, -1, 2, 0}));
  EXPECT_EQ(read_labels(FourNodes<double>({0, NAN, 2, 0}).dataset).labels, (Labels{0, -1, 2, 0}));
}

TEST(Targets, NumbersThatAreNoClassesAreNoLabels) {
  FourNodes<float> prices({0.5f, -3, 1e30f, INFINITY});
  prices.dataset.facts.num_classes = -1;
  EXPECT_EQ(read_labels(prices.dataset).labels, Labels(4, -1));
  prices.dataset.facts.task = "graph";
  prices.dataset.facts.num_classes = 2;  // of graphs
  EXPECT_EQ(read_labels(prices.dataset).labels, Labels(4, -1));
}

TEST(Targets, SplitsOfEdgesScoreNoNodes) {
  FourNodes<std::int64_t> four({0, 1, 2, 0});
  Targets targets = read_labels(four.dataset);
  add_split(targets, four.dataset, four.dataset.split("own"), 3);
  EXPECT_EQ(targets.train_rows, (std::vector<NodeId>{1, 3}));
  data::Split links;
  for (const data::Part part : data::kParts) links[part]["edge"] = {DType::kI64, {1, 2}, four.train.data()};
  targets = read_labels(four.dataset);
  add_split(targets, four.dataset, links, 3);
  EXPECT_TRUE(targets.train_rows.empty());
}

TEST(Targets, ALabelBeyondTheModelsClassesIsRefused) {
  FourNodes<std::int64_t> four({0, 1, 2, 2});
  Targets targets = read_labels(four.dataset);
  weft::testing::expect_error(ErrorCode::kBadData, "four: node 3 has label 2 where the model has 2 classes",
                              [&] { add_split(targets, four.dataset, four.dataset.split("own"), 2); });
}

}  // namespace
}  // namespace weft::engine
