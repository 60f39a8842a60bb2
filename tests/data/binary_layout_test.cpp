// OGB's binary layout: everything arrives, in memory and beyond, and what is inconsistent is refused by name.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>

#include "data/cache/convert.hpp"
#include "tests/support/binary_layouts.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;
using testing::expect_error_with;
using testing::npy;
using testing::npz;
using testing::RawFiles;
using Arrays = std::vector<std::pair<std::string, std::string>>;

template <class T>
std::vector<T> values(const Array& array) {
  const auto view = array.as<T>();
  return {view.begin(), view.end()};
}

class BinaryLayout : public ::testing::Test {
 protected:
  void SetUp() override { ::unsetenv("WEFT_CACHE"); }

  Dataset converted(const RawFiles& files, const std::string& name,
                    const ConvertOptions& options = {}) const {
    const fs::path folder = folder_.path() / name;
    fs::remove_all(folder);
    files.write(folder);
    const Location location = locate(folder.string(), "");
    convert(location, options);
    return open_cache(location);
  }

  /// papers100M with one array of data.npz replaced, added, or, where empty, left out.
  RawFiles with(const std::string& name, const std::string& bytes) const {
    Arrays arrays;
    for (auto& array : papers_.arrays()) {
      if (array.first != name) arrays.push_back(array);
    }
    if (!bytes.empty()) arrays.emplace_back(name, bytes);
    RawFiles files = papers_.files();
    files.bytes["raw/data.npz"] = npz(arrays, true);
    return files;
  }
  void expect_refused(const RawFiles& files, ErrorCode code, const std::vector<std::string>& parts,
                      const ConvertOptions& options = {}) const {
    expect_error_with(code, parts, [&] { converted(files, "mine", options); });
    EXPECT_FALSE(fs::exists(folder_.path() / "mine/mine.weft"));
  }

  testing::TemporaryFolder folder_;
  testing::Papers100m papers_;
};

TEST_F(BinaryLayout, Papers100m) {
  const Dataset d = converted(papers_.files(), "ogbn_papers100M");
  EXPECT_EQ(d.facts.name, "ogbn-papers100M");
  EXPECT_EQ(d.facts.num_classes, 172);
  EXPECT_EQ(d.facts.default_split, "time");
  EXPECT_EQ(values<float>(d.nodes().columns.at("node_feat")), papers_.node_feat);
  EXPECT_EQ(values<std::int64_t>(d.nodes().columns.at("node_year")), papers_.node_year);
  const std::vector<float> labels = values<float>(d.nodes().columns.at("node_label"));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    EXPECT_TRUE(labels[i] == papers_.node_label[i] || (std::isnan(labels[i]) && i % 4 != 0)) << i;
  }
  const CsrView& csr = d.edges().csr;
  ASSERT_EQ(csr.num_edges, papers_.edges);
  for (NodeId row = 0; row < csr.num_rows; ++row) {
    for (EdgeId e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) {
      const auto raw = static_cast<std::size_t>(csr.edge_ids[e]);
      EXPECT_EQ(csr.cols[e], papers_.edge_index[raw]);
      EXPECT_EQ(row, papers_.edge_index[raw + static_cast<std::size_t>(papers_.edges)]);
    }
  }
  EXPECT_EQ(d.split("time")[Part::kTrain].at("node").count() +
                d.split("time")[Part::kValid].at("node").count() +
                d.split("time")[Part::kTest].at("node").count(),
            50);
}

TEST_F(BinaryLayout, SameBytesAtAnyThreadCountInMemoryAndBeyond) {
  const fs::path folder = folder_.path() / "mine";
  papers_.files().write(folder);
  const Location location = locate(folder.string(), "");
  std::string first;
  for (const std::uint64_t memory : {kGraphMemory, std::uint64_t{1}}) {
    for (const int threads : {1, 2, 3}) {
      ConvertOptions options;
      options.threads = threads;
      options.memory_bytes = memory;
      convert(location, options);
      const std::string bytes = testing::read_bytes(location.cache);
      if (first.empty()) first = bytes;
      EXPECT_TRUE(bytes == first) << threads << " threads, " << memory << " bytes";
    }
  }
}

TEST_F(BinaryLayout, FortranOrderAndOtherTypes) {
  const Dataset plain = converted(papers_.files(), "mine");
  testing::NpyOptions fortran;
  fortran.fortran = true;
  RawFiles files = with("edge_index", npy(papers_.edge_index, {2, papers_.edges}, fortran));
  const Dataset turned = converted(files, "turned");
  const auto cols = [](const Dataset& d) {
    return std::vector<NodeId>(d.edges().csr.cols, d.edges().csr.cols + d.edges().csr.num_edges);
  };
  EXPECT_EQ(cols(plain), cols(turned));
  std::vector<std::int64_t> ids = papers_.edge_index;
  ids[1507] = 200;
  expect_refused(with("edge_index", npy(ids, {2, papers_.edges}, fortran)), ErrorCode::kBadData,
                 {"edge_index: position [7, 1]: 200 where a node id from 0 to 199"});
  const std::vector<double> wide(papers_.node_feat.begin(), papers_.node_feat.end());
  const Dataset doubles = converted(with("node_feat", npy(wide, {200, 128})), "doubles");
  EXPECT_EQ(values<float>(doubles.nodes().columns.at("node_feat")), papers_.node_feat);
}

TEST_F(BinaryLayout, Vessel) {
  const Dataset d = converted(testing::vessel(), "ogbl_vessel");
  EXPECT_EQ(d.facts.task, "link");
  EXPECT_EQ(d.nodes().rows, 60);
  EXPECT_EQ(d.nodes().columns.at("node_feat").shape, (std::vector<std::int64_t>{60, 3}));
  EXPECT_EQ(d.edges().csr.num_edges, 200);
  EXPECT_EQ(d.split("spatial")[Part::kTrain].at("edge").shape, (std::vector<std::int64_t>{80, 2}));
  EXPECT_EQ(d.split("spatial")[Part::kTest].at("edge_neg").shape, (std::vector<std::int64_t>{10, 2}));
}

TEST_F(BinaryLayout, ManyGraphsWithLabels) {
  RawFiles files;
  files.text = {
      {"split/own/train.csv.gz", "0\n"}, {"split/own/valid.csv.gz", "1\n"}, {"split/own/test.csv.gz", "2\n"}};
  const auto data = [](std::int64_t second) {
    return npz({{"edge_index", npy<std::int64_t>({0, 1, 0, 1, second, 2}, {2, 3})},
                {"num_nodes_list", npy<std::int64_t>({2, 1, 3}, {3})},
                {"num_edges_list", npy<std::int64_t>({2, 0, 1}, {3})}});
  };
  files.bytes["raw/data.npz"] = data(0);
  files.bytes["raw/graph-label.npz"] = npz({{"graph_label", npy<std::int64_t>({1, 0, 1}, {3, 1})}});
  const Dataset d = converted(files, "mine");
  EXPECT_EQ(d.facts.task, "graph");
  EXPECT_EQ(values<std::int64_t>(d.arrays.at(kGraphOffsets)), (std::vector<std::int64_t>{0, 2, 3, 6}));
  const CsrView& csr = d.edges().csr;  // 0>1 1>0, and 0>2 of the third graph
  EXPECT_EQ(std::vector<NodeId>(csr.cols, csr.cols + 3), (std::vector<NodeId>{1, 0, 3}));
  EXPECT_EQ(csr.offsets[5], 2);
  files.bytes["raw/data.npz"] = data(2);
  expect_refused(files, ErrorCode::kBadData,
                 {"edge_index: position [1, 1]: '2' is out of range; graph 0 has 2 nodes"});
}

TEST_F(BinaryLayout, WhatDoesNotFitIsRefused) {
  const auto counts = [](std::int64_t count) { return npy<std::int64_t>({count}, {1}); };
  expect_refused(with("edge_index", ""), ErrorCode::kNotFound,
                 {"data.npz: has no array 'edge_index'; it has num_"});
  std::vector<std::int64_t> ids = papers_.edge_index;
  ids[1501] = 200;
  expect_refused(with("edge_index", npy(ids, {2, 1500})), ErrorCode::kBadData,
                 {"edge_index: position [1, 1]: 200 where a node id from 0 to 199 is wanted"});
  ids[7] = -1;
  expect_refused(with("edge_index", npy(ids, {2, 1500})), ErrorCode::kBadData,
                 {"edge_index: position [0, 7]: -1 where a node id"});
  expect_refused(
      with("num_nodes_list", counts(201)), ErrorCode::kBadData,
      {"node_feat: has 200 rows where num_nodes_list says 201 nodes", "the arrays do not belong together"});
  expect_refused(with("num_edges_list", counts(1499)), ErrorCode::kBadData,
                 {"edge_index: has the shape [2, 1500] where [2, 1499] is wanted"});
  expect_refused(with("num_nodes_list", npy<std::int64_t>({100, 100}, {2})), ErrorCode::kBadData,
                 {"num_edges_list: has 1 rows where", "has 2, one per graph"});
  expect_refused(with("num_edges_list", npy<float>({1500}, {1})), ErrorCode::kBadData,
                 {"num_edges_list: holds float32 where whole numbers are wanted"});
  expect_refused(with("edge_index", npy(papers_.edge_index, {papers_.edges, 2})), ErrorCode::kBadData,
                 {"has the shape [1500, 2] where [2, edges] is wanted"});
  expect_refused(with("edge_index", npy(std::vector<float>(3000), {2, 1500})), ErrorCode::kBadData,
                 {"edge_index: holds float32 where node ids are wanted"});
  expect_refused(with("y", counts(1)), ErrorCode::kBadData,
                 {"data.npz: array 'y' is unknown", "node_... and edge_"});
  std::vector<float> features = papers_.node_feat;
  features[129] = std::numeric_limits<float>::infinity();
  expect_refused(with("node_feat", npy(features, {200, 128})), ErrorCode::kBadData,
                 {"node_feat: position [1, 1]: inf where a finite number is wanted"});
}

TEST_F(BinaryLayout, TwoGraphsAreNoNodeDataset) {
  RawFiles files = with("num_nodes_list", npy<std::int64_t>({100, 100}, {2}));
  Arrays arrays = papers_.arrays();
  arrays[1].second = npy<std::int64_t>({100, 100}, {2});
  arrays[2].second = npy<std::int64_t>({1000, 500}, {2});
  files.bytes["raw/data.npz"] = npz(arrays);
  expect_refused(files, ErrorCode::kBadData,
                 {"num_nodes_list: has 2 values, one per graph, and 200 nodes where a node"});
}

TEST_F(BinaryLayout, LabelsThatAreNone) {
  RawFiles files = papers_.files();
  testing::Papers100m other;
  other.node_label[4] = 0.5f;
  files.bytes["raw/node-label.npz"] = other.labels();
  ConvertOptions options;
  options.num_classes = 172;
  expect_refused(
      files, ErrorCode::kBadData,
      {"node-label.npz: node_label: position [4, 0]: 0.5 is no whole number; wanted a class from 0 to 171"},
      options);
  files.bytes["raw/node-label.npz"] = npz({{"label", npy(other.node_label, {200, 1})}});
  expect_refused(files, ErrorCode::kNotFound, {"node-label.npz: has no array 'node_label'; it has label"});
}

TEST_F(BinaryLayout, SplitsOfUnlabelledNodes) {
  RawFiles files = papers_.files();
  files.text["split/time/test.csv.gz"] = "1\n";
  expect_refused(files, ErrorCode::kBadData, {"test.csv.gz: line 1: node 1 has no label"});
}

TEST_F(BinaryLayout, InverseEdgesAndNodeTypes) {
  ConvertOptions options;
  options.add_inverse_edge = true;
  expect_refused(papers_.files(), ErrorCode::kUnsupported,
                 {"data.npz: inverse edges cannot be added to a binary dataset", "store both directions"},
                 options);
  RawFiles typed;
  typed.bytes["raw/edge_index_dict.npz"] = npz({});
  expect_refused(typed, ErrorCode::kUnsupported,
                 {"edge_index_dict.npz: several node types in binary form", ".csv.gz"});
}

TEST_F(BinaryLayout, NodesThatNothingBearsOut) {
  RawFiles files = testing::vessel();
  files.bytes["raw/data.npz"] = npz({{"edge_index", npy<std::int64_t>({0, 1, 1, 0}, {2, 2})},
                                     {"num_nodes_list", npy<std::int64_t>({2147483647}, {1})},
                                     {"num_edges_list", npy<std::int64_t>({2}, {1})}});
  expect_refused(files, ErrorCode::kBadData,
                 {"data.npz: 2147483647 nodes for 2 edges", "nothing has a row per node"});
}

TEST_F(BinaryLayout, FeaturesCanBeLeftOut) {
  ConvertOptions options;
  options.without_features = true;
  EXPECT_EQ(converted(papers_.files(), "mine", options).nodes().columns.count("node_feat"), 0u);
  const fs::path folder = folder_.path() / "ogbn_papers100M";
  with("node_feat", "").write(folder);
  expect_error_with(ErrorCode::kNotFound, {"has no array 'node_feat'", "--without-features"},
                    [&] { convert(locate(folder.string(), ""), {}); });
}

}  // namespace
}  // namespace weft::data
