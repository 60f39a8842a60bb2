// Datasets of many graphs: one batched graph with offsets, labels and splits of graphs.
#include <cmath>

#include "tests/support/converted.hpp"
#include "tests/support/ogb_graphs.hpp"

namespace weft::data {
namespace {

class ManyGraphs : public testing::ConvertedFiles {
 protected:
  ManyGraphs() { files_ = testing::mol_files(2, true); }
};

/// Three graphs by hand: 2 nodes with two edges, 1 node without, 3 nodes with one.
class ThreeGraphs : public testing::ConvertedFiles {
 protected:
  ThreeGraphs() {
    files_.text = {{"raw/num-node-list.csv.gz", "2\n1\n3\n"},
                   {"raw/num-edge-list.csv.gz", "2\n0\n1\n"},
                   {"raw/edge.csv.gz", "0,1\n1,1\n2,0\n"},
                   {"raw/node-feat.csv.gz", "1\n2\n3\n4\n5\n6\n"},
                   {"raw/graph-label.csv.gz", "0\n1\n1\n"},
                   {"raw/edge-feat.csv.gz", "10\n11\n12\n"},
                   {"split/own/train.csv.gz", "2\n0\n"},
                   {"split/own/valid.csv.gz", "1\n"},
                   {"split/own/test.csv.gz", "\n"}};
    files_.text["split/own/test.csv.gz"] = "1\n";
    files_.text["split/own/valid.csv.gz"] = "0\n";
    files_.text["split/own/train.csv.gz"] = "2\n";
  }
};

TEST_F(ThreeGraphs, IdsRunOn) {
  const Dataset d = converted();
  EXPECT_EQ(d.facts.task, "graph");
  EXPECT_EQ(d.facts.metric, "acc");
  EXPECT_EQ(d.facts.num_classes, 2);
  const auto starts = d.graph_offsets();
  EXPECT_EQ((std::vector<std::int64_t>{starts.begin(), starts.end()}),
            (std::vector<std::int64_t>{0, 2, 3, 6}));
  const CsrView& csr = d.edges().csr;  // 0>1 1>1 and, of the third graph, 5>3
  EXPECT_EQ((std::vector<EdgeId>{csr.offsets, csr.offsets + 7}), (std::vector<EdgeId>{0, 0, 2, 2, 3, 3, 3}));
  EXPECT_EQ((std::vector<NodeId>{csr.cols, csr.cols + 3}), (std::vector<NodeId>{0, 1, 5}));
  EXPECT_EQ(d.nodes().rows, 6);
  EXPECT_EQ(d.tables.at("graph").rows, 3);
  EXPECT_EQ(values<std::int64_t>(d.tables.at("graph").columns.at("graph_label")),
            (std::vector<std::int64_t>{0, 1, 1}));
  EXPECT_EQ(values<std::int64_t>(d.split("own")[Part::kTrain].at("graph")), (std::vector<std::int64_t>{2}));
}

TEST_F(ThreeGraphs, AColumnOfNodesMayBeCalledTheirLabel) {
  files_.text["raw/node_label.csv.gz"] = "7\n-1\n900\n7\n7\n7\n";
  EXPECT_EQ(values<std::int64_t>(converted().nodes().columns.at("node_label")),
            (std::vector<std::int64_t>{7, -1, 900, 7, 7, 7}));
}

TEST_F(ThreeGraphs, InverseEdgesStayInTheirGraph) {
  name_ = "ogbg_molbace";
  for (const char* part : {"train", "valid", "test"})
    files_.text[std::string("split/scaffold/") + part + ".csv.gz"] =
        files_.text.at(std::string("split/own/") + part + ".csv.gz");
  const Dataset d = converted();
  EXPECT_TRUE(d.facts.add_inverse_edge);
  const CsrView& csr = d.edges().csr;  // 0>1 1>0 1>1 1>1 5>3 3>5
  EXPECT_EQ((std::vector<EdgeId>{csr.offsets, csr.offsets + 7}), (std::vector<EdgeId>{0, 1, 4, 4, 5, 5, 6}));
  EXPECT_EQ((std::vector<EdgeId>{csr.edge_ids, csr.edge_ids + 6}), (std::vector<EdgeId>{1, 0, 2, 3, 4, 5}));
  EXPECT_EQ(d.edges().edge_columns.at("edge_feat").rows(), 3);
}

TEST_F(ThreeGraphs, RealLabelsAreRegression) {
  files_.text["raw/graph-label.csv.gz"] = "-0.5\n1\n2\n";
  const Dataset d = converted();
  EXPECT_EQ(d.facts.num_classes, -1);
  EXPECT_EQ(d.facts.metric, "rmse");
  EXPECT_EQ(values<float>(d.tables.at("graph").columns.at("graph_label"))[0], -0.5f);
}

TEST_F(ThreeGraphs, WhatDoesNotFit) {
  const std::string edges = "raw/edge.csv.gz";
  refused(edges, "0,1\n1,2\n2,0\n",
          {edges + ": line 2, column 2: '2' is out of range", "graph 0 has 2 nodes"});
  refused(edges, "0,1\n1,1\n3,0\n",
          {edges + ": line 3, column 1: '3' is out of range", "graph 2 has 3 nodes"});
  refused(edges, "0,1\n2,1\n2,0\n", {"line 2, column 1: '2' is out of range; graph 0 has 2 nodes"});
  refused(edges, "0,1\n1,1\n", {"2 rows where num-edge-list.csv.gz says 3 edges"});
  refused("raw/num-edge-list.csv.gz", "2\n1\n", {"has 2 rows where num-node-list.csv.gz has 3"});
  refused("raw/num-node-list.csv.gz", "2147483647\n1\n3\n",
          {"raw/num-node-list.csv.gz: row 2: more than 2147483647 nodes in all"});
  refused("raw/graph-label.csv.gz", "0\n1\n",
          {"raw/graph-label.csv.gz", "2 rows where num-node-list.csv.gz says 3 graphs"});
  refused("split/own/valid.csv.gz", "3\n", {"split/own/valid.csv.gz", "a graph id from 0 to 2"});
  refused("split/own/valid.csv.gz", "2\n", {"graph 2 is already in train"});
  refused("raw/graph-label.csv.gz", "0\n1\n\"\"\n", {"split/own/train.csv.gz", "graph 2 has no label"});
  refused_without("raw/edge.csv.gz");
  refused("raw/num-node-list.csv.gz", "2\n1\n2147483600\n",
          {"raw/num-node-list.csv.gz: 2147483603 nodes for 3 edges", "nothing has a row per node"});
}

TEST_F(ThreeGraphs, NoEdgesAtAll) {
  files_.text["raw/num-edge-list.csv.gz"] = "0\n0\n0\n";
  files_.text["raw/edge.csv.gz"] = files_.text["raw/edge-feat.csv.gz"] = "";
  const Dataset d = converted();
  EXPECT_EQ(d.edges().csr.num_edges, 0);
  EXPECT_EQ(d.edges().edge_columns.at("edge_feat").rows(), 0);
  refused("raw/edge-feat.csv.gz", "1\n", {"edge-feat.csv.gz", "1 rows where num-edge-list.csv.gz says 0"});
}

TEST_F(ManyGraphs, MissingLabelsOfSeveralTasks) {
  name_ = "ogbg_molclintox";
  const Dataset d = converted();
  EXPECT_EQ(d.facts.num_tasks, 2);
  EXPECT_EQ(d.facts.num_classes, 2);
  const std::vector<float> labels = values<float>(d.tables.at("graph").columns.at("graph_label"));
  EXPECT_EQ(labels.size(), 48u);
  EXPECT_TRUE(std::any_of(labels.begin(), labels.end(), [](float label) { return std::isnan(label); }));
  EXPECT_EQ(d.nodes().columns.at("node_feat").cols(), 9);
  EXPECT_EQ(d.split("scaffold")[Part::kTest].at("graph").rows(), 4);
}

TEST_F(ManyGraphs, SameBytesAtAnyThreadCount) { expect_same_bytes_at_any_thread_count(); }

TEST_F(ManyGraphs, AdditionalNodeFilesAreRequiredByName) {
  name_ = "ogbg_code2";
  files_ = testing::code2_files();
  EXPECT_EQ(converted().nodes().columns.count("node_depth"), 1u);
  for (const char* file : {"raw/node_is_attributed", "raw/node_dfs_order", "raw/node_depth"})
    refused_without(std::string(file) + ".csv.gz");
}

struct Counts {
  const char* name;
  std::int64_t graphs, nodes, edges, train, valid, test;
};

class RealGraphs : public ::testing::TestWithParam<Counts> {};

TEST_P(RealGraphs, HaveThePublishedCounts) {
  const Counts counts = GetParam();
  const std::filesystem::path folder = testing::real_dataset(counts.name);
  if (folder.empty()) GTEST_SKIP() << testing::missing(counts.name);
  const testing::TemporaryFolder cache;
  ::setenv("WEFT_CACHE", cache.path().c_str(), 1);
  ConvertOptions options;
  options.threads = 2;
  convert(locate(folder.string(), ""), options);
  const Dataset d = open_cache(locate(folder.string(), ""));
  ::unsetenv("WEFT_CACHE");
  EXPECT_EQ(d.tables.at("graph").rows, counts.graphs);
  EXPECT_EQ(d.nodes().rows, counts.nodes);
  EXPECT_EQ(d.edges().csr.num_edges, 2 * counts.edges) << "both directions";
  EXPECT_EQ(d.nodes().columns.at("node_feat").cols(), 9);
  const Split& split = d.split("scaffold");
  EXPECT_EQ(split[Part::kTrain].at("graph").rows(), counts.train);
  EXPECT_EQ(split[Part::kValid].at("graph").rows(), counts.valid);
  EXPECT_EQ(split[Part::kTest].at("graph").rows(), counts.test);
}

INSTANTIATE_TEST_SUITE_P(, RealGraphs,
                         ::testing::Values(Counts{"ogbg_molhiv", 41127, 1049163, 1129688, 32901, 4113, 4113},
                                           Counts{"ogbg_molbace", 1513, 51577, 55768, 1210, 151, 152},
                                           Counts{"ogbg_molesol", 1128, 14991, 15428, 902, 113, 113}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace weft::data
