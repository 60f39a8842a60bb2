// Made datasets through the public interface: found by name, and worth training on.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>

#include "engine/include/weft/weft.hpp"
#include "tests/support/files.hpp"

namespace weft {
namespace {

namespace fs = std::filesystem;

class MadeDataset : public ::testing::Test {
 protected:
  void SetUp() override { ::unsetenv("WEFT_CACHE"); }

  SynthOptions options() const {
    SynthOptions o;
    o.root = folder_.path();
    o.nodes = 1'500;
    o.edges = 9'000;
    o.classes = 5;
    o.features = 24;
    o.feature_noise = 0.9;
    o.threads = 2;
    return o;
  }

  double test_accuracy(const std::string& recipe) const {
    TrainOptions o;
    o.root = folder_.path();
    o.recipe = recipe;
    o.settings = {{"hidden", "16"}, {"epochs", "40"}, {"runs", "1"}, {"threads", "2"}, {"device", "cpu"}};
    return train("made-up", o).final_test.mean;
  }

  weft::testing::TemporaryFolder folder_;
};

TEST_F(MadeDataset, StopsWhenAskedAndLeavesNothing) {
  SynthOptions o = options();
  o.events.progress = [](const Progress& progress) {
    if (progress.what == "edges") request_stop();
  };
  weft::testing::expect_error_with(ErrorCode::kInterrupted, {"made-up", "stopped"},
                                   [&] { synth("made-up", o); });
  EXPECT_EQ(folder_.names(), std::vector<std::string>());
  o.events = {};
  synth("made-up", o);  // asked once, stopped once
}

/// Wherever it is stopped: at the n-th word of how far it is, for every n.
TEST_F(MadeDataset, ConversionStopsWhenAskedAndLeavesNothing) {
  SynthOptions raw = options();
  raw.raw = true;
  synth("made-up", raw);
  const auto files = [&] {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
      names.push_back(entry.path().string());
    std::sort(names.begin(), names.end());
    return names;
  };
  const std::vector<std::string> before = files();
  int words = 0, stop_at = 0;
  ConvertOptions o;
  o.root = folder_.path();
  o.reorder = "community";
  o.events.progress = [&](const Progress&) {
    if (++words == stop_at) request_stop();
  };
  convert("made-up", o);
  const int all = words;
  EXPECT_GT(all, 10);
  fs::remove(folder_.path() / "made_up/made_up.weft");
  for (stop_at = 1; stop_at < all; ++stop_at) {
    words = 0;
    weft::testing::expect_error_with(ErrorCode::kInterrupted, {"made-up", "stopped; no cache was made"},
                                     [&] { convert("made-up", o); });
    EXPECT_EQ(files(), before) << "stopped at " << stop_at;
  }
}

TEST_F(MadeDataset, ConvertingACacheSaysHowToMakeItAgain) {
  synth("made-up", options());
  ConvertOptions o;
  o.root = folder_.path();
  weft::testing::expect_error_with(ErrorCode::kNotFound, {"made_up", "weft synth", "--force", "--reorder"},
                                   [&] { convert("made-up", o); });
}

TEST_F(MadeDataset, NeighboursTellMoreThanFeaturesAndFeaturesMoreThanChance) {
  const SynthResult made = synth("made-up", options());
  EXPECT_EQ(made.name, "made_up");
  EXPECT_EQ(made.entries, 18'000);
  EXPECT_TRUE(fs::exists(made.cache));
  InfoOptions describe;
  describe.root = folder_.path();
  const DatasetInfo what = info("made-up", describe);
  EXPECT_EQ(what.num_edges, 18'000);
  ASSERT_TRUE(what.homophily);
  EXPECT_NEAR(*what.homophily, 0.8, 0.04);
  double chance = 0.0;
  for (const auto& [label, count] : what.labels.at(0).class_counts)
    chance = std::max(chance, static_cast<double>(count) / 1'500.0);
  const double mlp = test_accuracy("ogb-mlp"), gcn = test_accuracy("ogb-gcn");
  EXPECT_GT(mlp, chance + 0.1);
  EXPECT_GT(gcn, mlp + 0.1);
  EXPECT_GT(gcn, 0.8);
}

TEST_F(MadeDataset, IsLikeARealOne) {
  SynthOptions like;
  like.root = folder_.path();
  like.like = "ogbn-arxiv";
  like.nodes = 2'000;  // what is given goes over it
  like.edges = 13'700;
  const SynthResult made = synth("like", like);
  EXPECT_EQ(made.nodes, 2'000);
  EXPECT_EQ(made.entries, 13'700);  // directed, as ogbn-arxiv is
  InfoOptions describe;
  describe.root = folder_.path();
  const DatasetInfo what = info("like", describe);
  EXPECT_EQ(what.num_classes, 40);
  EXPECT_EQ(what.node_types.at(0).feature_columns, 128);
  EXPECT_EQ(what.splits.at(0).sizes, (std::array<std::int64_t, 3>{1'074, 352, 574}));
  like.like = "ogbn-proteins";
  weft::testing::expect_error_with(ErrorCode::kInvalidArgument,
                                   {"ogbn-proteins", "ogbn-arxiv, ogbn-products"},
                                   [&] { synth("like", like); });
}

TEST_F(MadeDataset, RawFilesTrainToo) {
  SynthOptions raw = options();
  raw.raw = true;
  const SynthResult made = synth("made-up", raw);
  EXPECT_TRUE(made.cache.empty());
  EXPECT_TRUE(fs::exists(folder_.path() / "made_up/raw/node-feat.csv.gz"));
  EXPECT_GT(test_accuracy("ogb-gcn"), 0.8);
}

}  // namespace
}  // namespace weft
