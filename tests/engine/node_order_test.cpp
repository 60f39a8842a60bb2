// The order of nodes in a cache does not show: the same losses but for rounding, the same predictions,
// features and names of nodes.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "data/cache/convert.hpp"
#include "engine/include/weft/weft.hpp"
#include "engine/input/features.hpp"
#include "engine/input/targets.hpp"
#include "tests/support/files.hpp"
#include "tests/support/small_dataset.hpp"

namespace weft {
namespace {

namespace fs = std::filesystem;
using Settings = std::vector<std::pair<std::string, std::string>>;

class NodeOrders : public ::testing::Test {
 protected:
  NodeOrders() {
    ::unsetenv("WEFT_CACHE");
    for (const std::string& order : node_orders()) {
      weft::testing::small_dataset().write(dataset(order));
      ConvertOptions options;
      options.reorder = order;
      EXPECT_EQ(convert(dataset(order).string(), options).node_order, order);
    }
  }

  fs::path dataset(const std::string& order) const { return folder_.path() / order / "own"; }
  fs::path out(const std::string& order) const { return folder_.path() / order / "run"; }
  data::Dataset opened(const std::string& order) const {
    return data::open_cache(data::locate(dataset(order).string(), ""));
  }

  /// Losses of a short run, one per epoch.
  std::vector<double> losses(const std::string& order, const std::string& recipe, const Settings& settings) {
    fs::remove_all(out(order));
    TrainOptions options;
    options.recipe = recipe;
    options.settings = {{"hidden", "16"}, {"epochs", "10"}, {"runs", "1"}, {"threads", "1"}};
    options.settings.insert(options.settings.end(), settings.begin(), settings.end());
    options.out = out(order);
    train(dataset(order).string(), options);
    std::istringstream lines(weft::testing::read_bytes(out(order) / "metrics.jsonl"));
    std::vector<double> losses;
    for (std::string line; std::getline(lines, line);)
      losses.push_back(nlohmann::json::parse(line).at("loss").get<double>());
    return losses;
  }

  void expect_same_training(const std::string& recipe, const Settings& settings = {}) {
    SCOPED_TRACE(recipe);
    const std::vector<double> plain = losses("none", recipe, settings);
    ASSERT_EQ(plain.size(), 10u);
    for (const std::string& order : node_orders()) {
      const std::vector<double> reordered = losses(order, recipe, settings);
      ASSERT_EQ(reordered.size(), plain.size());
      for (std::size_t epoch = 0; epoch < plain.size(); ++epoch)
        EXPECT_NEAR(reordered[epoch], plain[epoch], 1e-4 * plain[epoch]) << order << ", epoch " << epoch;
    }
  }

  weft::testing::TemporaryFolder folder_;
};

TEST_F(NodeOrders, TrainToTheSameLosses) {
  for (const std::string& recipe : recipe_names()) expect_same_training(recipe);
  expect_same_training("ogb-mlp", {{"input_dropout", "0.5"}});
}

TEST_F(NodeOrders, TrainToTheSameLossesOnMadeUpFeatures) {
  expect_same_training("dgl-gcn", {{"features", "random:8"}});
}

TEST_F(NodeOrders, PredictTheSameClassesInTheOrderOfTheRawFiles) {
  losses("none", "dgl-gcn", {{"epochs", "40"}});
  const fs::path checkpoint = out("none") / "best.safetensors";
  const PredictResult plain = predict(checkpoint, dataset("none").string());
  for (const std::string& order : node_orders()) {
    PredictOptions options;
    options.out = folder_.path() / (order + ".csv");
    const PredictResult reordered = predict(checkpoint, dataset(order).string(), options);
    EXPECT_EQ(reordered.classes, plain.classes) << order;
    EXPECT_EQ(reordered.scores, plain.scores) << order;
    EXPECT_EQ(weft::testing::read_bytes(options.out), weft::testing::read_bytes(folder_.path() / "none.csv"))
        << order;
  }
}

TEST_F(NodeOrders, MakeUpTheSameFeaturesForANode) {
  engine::FeatureOptions options;
  options.source = "random:6";
  const engine::Features plain = engine::load_features(opened("none"), options, 0, 2);
  for (const char* order : {"degree", "rcm", "community"}) {
    const data::Dataset d = opened(order);
    const engine::Features reordered = engine::load_features(d, options, 0, 2);
    for (std::int64_t row = 0; row < d.nodes().rows; ++row) {
      const float* got = reordered.view.row(row);
      const float* wanted = plain.view.row(d.original_id(row));
      EXPECT_TRUE(std::equal(got, got + 6, wanted)) << order << ", row " << row;
    }
  }
}

TEST_F(NodeOrders, DescribeTheSameDataset) {
  const DatasetInfo plain = info(dataset("none").string());
  for (const std::string& order : node_orders()) {
    DatasetInfo found = info(dataset(order).string());
    EXPECT_EQ(found.node_order, order);
    EXPECT_NE(to_json(found).find("\"node_order\": \"" + order + "\""), std::string::npos);
    found.node_order = plain.node_order;
    found.cache = plain.cache;
    found.cache_bytes = plain.cache_bytes;
    found.training_bytes = plain.training_bytes;  // dropout's ids are kept
    ASSERT_EQ(found.labels.size(), 1u);
    EXPECT_NEAR(found.labels[0].mean, plain.labels[0].mean, 1e-12);
    EXPECT_NEAR(found.labels[0].std.value(), plain.labels[0].std.value(), 1e-12);
    found.labels[0].mean = plain.labels[0].mean;
    found.labels[0].std = plain.labels[0].std;
    EXPECT_EQ(to_json(found), to_json(plain)) << order;
  }
}

TEST_F(NodeOrders, ErrorsNameTheOriginalNode) {
  auto files = weft::testing::small_dataset();
  files.text["raw/node-feat.csv.gz"].clear();
  for (int node = 0; node < 150; ++node) files.text["raw/node-feat.csv.gz"] += node == 7 ? "-5\n" : "5\n";
  std::int64_t first = -1;
  for (const std::string& order : node_orders()) {
    files.write(folder_.path() / "negative");
    ConvertOptions options;
    options.reorder = order;
    convert((folder_.path() / "negative").string(), options);
    const data::Dataset d = data::open_cache(data::locate((folder_.path() / "negative").string(), ""));
    engine::FeatureOptions features;
    features.log1p = true;
    weft::testing::expect_error(ErrorCode::kBadData, "node features: node 7, column 0 is -5",
                                [&] { engine::load_features(d, features, 0, 1); });
    engine::Targets targets = engine::read_labels(d);
    std::int64_t named = -1;
    try {
      engine::add_split(targets, d, d.split(""), 1);
    } catch (const Error& error) {
      named = std::stoll(std::string(error.what()).substr(std::string("negative: node ").size()));
    }
    if (order == "none") first = named;
    EXPECT_EQ(named, first) << order << ": the first of the split in the raw files with a label above 0";
  }
}

TEST_F(NodeOrders, ARunIsNotGoneOnWithInAnother) {
  (void)losses("rcm", "kipf-gcn", {{"epochs", "2"}});
  ConvertOptions options;
  options.reorder = "degree";
  convert(dataset("rcm").string(), options);
  TrainOptions again;
  again.recipe = "kipf-gcn";
  again.settings = {{"hidden", "16"}, {"runs", "1"}, {"threads", "1"}, {"epochs", "2"}};
  again.out = out("rcm");
  again.resume = true;
  weft::testing::expect_error_with(ErrorCode::kInvalidArgument,
                                   {"order rcm", "order degree", "--reorder rcm"},
                                   [&] { train(dataset("rcm").string(), again); });
}

TEST_F(NodeOrders, UnknownOnesAreRefused) {
  ConvertOptions options;
  options.reorder = "hilbert";
  weft::testing::expect_error(ErrorCode::kInvalidArgument, "none, degree, rcm, community",
                              [&] { convert(dataset("none").string(), options); });
}

}  // namespace
}  // namespace weft
