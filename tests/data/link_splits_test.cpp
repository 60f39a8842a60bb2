// Link splits: their structure arrives whole, and what does not fit is refused by file, key and place.
#include "data/raw/link_splits.hpp"

#include "tests/support/converted.hpp"
#include "tests/support/ogb_links.hpp"
#include "tests/support/ogb_nodes.hpp"

namespace weft::data {
namespace {

using testing::numpy_array;
using testing::PickledItems;
using testing::pt_legacy;
using testing::pt_zip;
using Ids = std::vector<std::int64_t>;

class LinkSplits : public testing::ConvertedFiles {
 protected:
  /// A part with `items` is refused.
  void refused_part(const std::string& file, const PickledItems& items,
                    const std::vector<std::string>& pieces) {
    SCOPED_TRACE(pieces.front());
    testing::RawFiles files = files_;
    files.bytes[file] = pt_legacy(items);
    std::vector<std::string> all = pieces;
    all.push_back(file);
    refused(files, ErrorCode::kBadData, all);
  }
  static testing::Pickled ids(const testing::Shape& shape, const Ids& values) {
    return numpy_array<std::int64_t>(shape, values);
  }
};

TEST_F(LinkSplits, PairsWithWeightsAndNegatives) {
  name_ = "ogbl_collab";
  files_ = testing::collab_files();
  const Dataset d = converted();
  EXPECT_EQ(d.facts.task, "link");
  EXPECT_EQ(d.facts.num_tasks, 0);
  EXPECT_EQ(d.edges().csr.num_edges, 2 * testing::kLinkEdges);
  EXPECT_EQ(d.edges().edge_columns.at("edge_year").rows(), testing::kLinkEdges);
  const Split& split = d.split("");
  EXPECT_EQ(split[Part::kTrain].size(), 3u);
  EXPECT_EQ(split[Part::kValid].at("edge").shape, (Ids{8, 2}));
  EXPECT_EQ(split[Part::kValid].at("weight").shape, Ids{8});
  EXPECT_EQ(split[Part::kTest].at("edge_neg").shape, (Ids{25, 2}));
}

TEST_F(LinkSplits, ValuesArriveFromEveryLayout) {
  name_ = "ogbl_ddi";
  files_ = testing::ddi_files();
  const Ids train{1, 2, 39, 0, 7, 7}, valid{300 % 40, 39}, negatives{5, 6, 200 % 40, 8};
  const std::vector<std::int32_t> test{11, 12};
  files_.bytes["split/target/train.pt"] = pt_legacy({{"edge", ids({3, 2}, train)}});
  files_.bytes["split/target/valid.pt"] =
      pt_zip({{"edge", testing::tensor<std::int64_t>({1, 2}, valid)},
              {"edge_neg", testing::tensor<std::int64_t>({2, 2}, negatives, true)}});
  files_.bytes["split/target/test.pt"] =
      pt_legacy({{"edge", numpy_array<std::int32_t>({1, 2}, test)},
                 {"edge_neg", numpy_array<std::int64_t>({2, 2}, negatives, true)}},
                4);
  const Dataset d = converted();
  const Split& split = d.split("");
  EXPECT_EQ(values<std::int64_t>(split[Part::kTrain].at("edge")), train);
  EXPECT_EQ(values<std::int64_t>(split[Part::kValid].at("edge")), valid);
  EXPECT_EQ(values<std::int64_t>(split[Part::kValid].at("edge_neg")), negatives);
  EXPECT_EQ(values<std::int32_t>(split[Part::kTest].at("edge")), test);
  EXPECT_EQ(values<std::int64_t>(split[Part::kTest].at("edge_neg")), negatives);
}

TEST_F(LinkSplits, SourcesTargetsAndTriples) {
  name_ = "ogbl_citation2";
  files_ = testing::citation2_files();
  EXPECT_EQ(converted().split("")[Part::kTest].at("target_node_neg").shape, (Ids{6, 20}));
  name_ = "ogbl_wikikg2";
  files_ = testing::wikikg2_files();
  EXPECT_EQ(converted().split("")[Part::kValid].at("tail_neg").shape, (Ids{9, 10}));
}

TEST_F(LinkSplits, TypesOfEndsAreTables) {
  name_ = "ogbl_biokg";
  files_ = testing::biokg_files();
  const Dataset d = converted();
  EXPECT_EQ(d.tables.size(), 5u);
  EXPECT_EQ(d.relations.size(), 4u);
  const Arrays& valid = d.split("")[Part::kValid];
  EXPECT_EQ(valid.at("head_neg").shape, (Ids{10, 7}));
  for (const std::int32_t type : values<std::int32_t>(valid.at("tail_type")))
    EXPECT_TRUE(type == 3 || type == 4) << "protein or sideeffect, in alphabetical order";
}

TEST_F(LinkSplits, OneDictionaryForAllParts) {
  name_ = "ogbl_ddi";
  files_ = testing::ddi_files();
  const auto part = testing::dict({{"edge", ids({1, 2}, {3, 4})}, {"edge_neg", ids({1, 2}, {5, 6})}});
  for (const char* name : {"train", "valid", "test"})
    files_.bytes.erase("split/target/" + std::string(name) + ".pt");
  files_.bytes["split/target/split_dict.pt"] = pt_zip({{"train", part}, {"valid", part}, {"test", part}});
  EXPECT_EQ(values<std::int64_t>(converted().split("")[Part::kTest].at("edge_neg")), (Ids{5, 6}));
  testing::RawFiles files = files_;
  files.bytes["split/target/split_dict.pt"] = pt_zip({{"train", part}, {"valid", part}});
  refused(files, ErrorCode::kNotFound, {"split_dict.pt", "test"});
  files.bytes["split/target/valid.pt"] = files.bytes["split/target/split_dict.pt"];
  refused(files, ErrorCode::kBadData, {"split_dict.pt: is there beside valid.pt", "keep one"});
}

TEST_F(LinkSplits, CsvOfOnesOwn) {
  testing::LinkMaker make(1);
  files_ = testing::link_graph(make);
  files_.text["split/own/train.csv.gz"] = "1,2\n3,4\n";
  files_.text["split/own/valid.csv.gz"] = "5,6\n";
  files_.text["split/own/test.csv.gz"] = "7,8\n";
  files_.text["split/own/test_neg.csv.gz"] = "9,10\n11,12\n";
  const Dataset d = converted();
  EXPECT_EQ(d.facts.task, "link");
  EXPECT_EQ(d.facts.metric, "hits@50");
  EXPECT_EQ(values<std::int64_t>(d.split("")[Part::kTrain].at("edge")), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(values<std::int64_t>(d.split("")[Part::kTest].at("edge_neg")), (Ids{9, 10, 11, 12}));
  refused("split/own/valid.csv.gz", "5,40\n", {"valid.csv.gz: line 1, column 2: '40' is out of range"});
  refused("split/own/valid.csv.gz", "5\n", {"valid.csv.gz: line 1 has 1 columns where 2"});
}

TEST_F(LinkSplits, SameBytesAtAnyThreadCount) {
  name_ = "ogbl_biokg";
  files_ = testing::biokg_files();
  expect_same_bytes_at_any_thread_count();
}

TEST_F(LinkSplits, UnknownKeysAreNotedAndLeftOut) {
  name_ = "ogbl_ddi";
  files_ = testing::ddi_files();
  files_.bytes["split/target/train.pt"] =
      pt_legacy({{"edge", ids({1, 2}, {3, 4})}, {"mood\n\x1b" + std::string(100, 'y'), ids({1}, {3})}});
  files_.write(folder());
  std::string notes;
  ConvertOptions options;
  options.note = [&](const std::string& line) { notes += line; };
  convert(location(), options);
  EXPECT_NE(notes.find("train.pt: 'mood\\n\\x1b" + std::string(74, 'y') + "' is none of OGB's keys"),
            std::string::npos)
      << notes;
  EXPECT_EQ(open_cache(location()).split("")[Part::kTrain].size(), 1u);
}

TEST_F(LinkSplits, PairsThatDoNotFit) {
  name_ = "ogbl_ddi";
  files_ = testing::ddi_files();
  const std::string valid = "split/target/valid.pt";
  const auto edge = ids({2, 2}, {1, 2, 3, 4});
  refused_part(valid, {{"edge", edge}}, {"has no 'edge_neg'"});
  refused_part(valid, {{"edges", edge}}, {"has no 'edge'"});
  refused_part(valid, {{"source_node", ids({1}, {1})}, {"target_node", ids({1}, {1})}}, {"has no 'edge'"});
  refused_part(valid, {{"edge", ids({4}, {1, 2, 3, 4})}, {"edge_neg", edge}},
               {"'edge' is [4] where [4, 2] is wanted"});
  refused_part(valid, {{"edge", edge}, {"edge_neg", ids({1, 3}, {1, 2, 3})}},
               {"'edge_neg' is [1, 3] where [m, 2] is wanted"});
  refused_part(valid, {{"edge", edge}, {"edge_neg", ids({2, 2}, {1, 2, 3, 40})}},
               {"'edge_neg': row 1, column 1: 40 is out of range; wanted an id from 0 to 39"});
  refused_part(valid, {{"edge", edge}, {"edge_neg", ids({1, 2}, {-1, 0})}},
               {"row 0, column 0: -1 is out of range"});
  refused_part(valid, {{"edge", edge}, {"edge_neg", numpy_array<float>({1, 2}, {1, 2})}},
               {"'edge_neg' holds float32 where whole numbers are wanted"});
  testing::RawFiles files = files_;
  files.bytes[valid] = testing::pt_legacy_of(testing::list({}));
  refused(files, ErrorCode::kBadData, {valid, "the valid part is a list where a dictionary is wanted"});
  files.bytes[valid] = "not torch's";
  refused(files, ErrorCode::kBadData, {valid});
  files.bytes.erase(valid);
  refused(files, ErrorCode::kNotFound, {valid, "no such file"});
  files.bytes.erase("split/target/train.pt");
  refused(files, ErrorCode::kNotFound, {"split/target/train.pt", "no such file"});
  name_ = "mine";
  refused_part("split/target/train.pt", {{"edges", edge}},
               {"has none of the keys edge, source_node and head"});
}

TEST_F(LinkSplits, NodesThatNothingBearsOut) {
  name_ = "ogbl_ddi";
  files_ = testing::ddi_files();
  refused("raw/num-node-list.csv.gz", "2147483647\n",
          {"raw/num-node-list.csv.gz: 2147483647 nodes for ", "nothing has a row per node"});
}

TEST_F(LinkSplits, CsvSplitsHaveNoTypes) {
  files_ = testing::biokg_files();
  files_.bytes.clear();
  for (const char* part : {"train", "valid", "test"})
    files_.text[std::string("split/random/") + part + ".csv.gz"] = "1,2\n";
  refused(files_, ErrorCode::kUnsupported, {"split/random", "do not say which types their ends have"});
}

TEST_F(LinkSplits, KeysOfOtherDatasets) {
  name_ = "ogbl_collab";
  files_ = testing::collab_files();
  const auto edge = ids({1, 2}, {1, 2});
  refused_part("split/time/train.pt", {{"edge", edge}, {"weight", ids({1}, {1})}}, {"has no 'year'"});
  refused_part("split/time/train.pt", {{"edge", edge}, {"weight", ids({2}, {1, 2})}, {"year", ids({1}, {1})}},
               {"'weight' is [2] where [1] is wanted"});
  name_ = "ogbl_wikikg2";
  files_ = testing::wikikg2_files();
  refused_part("split/time/train.pt", {{"head", ids({1}, {1})}, {"tail", ids({1}, {1})}},
               {"has no 'relation'"});
  refused_part("split/time/train.pt",
               {{"head", ids({1}, {1})}, {"tail", ids({1}, {1})}, {"relation", ids({1}, {-1})}},
               {"'relation': row 0, column 0: -1 is out of range"});
}

TEST_F(LinkSplits, TypesThatDoNotFit) {
  name_ = "ogbl_biokg";
  files_ = testing::biokg_files();
  const auto part = [&](const std::vector<std::string>& heads, const testing::Pickled& head) {
    return PickledItems{{"head_type", testing::texts(heads)},
                        {"head", head},
                        {"relation", ids({1}, {0})},
                        {"tail_type", testing::texts({"protein"})},
                        {"tail", ids({1}, {19})}};
  };
  const std::string train = "split/random/train.pt";
  refused_part(train, part({"gene"}, ids({1}, {0})), {"'head_type', row 0: 'gene' is no node type"});
  refused_part(train, part({"drug", "drug"}, ids({1}, {0})), {"'head_type' has 2 entries where there are 1"});
  refused_part(train, part({"drug"}, ids({1}, {9})),
               {"'head': row 0, column 0: 9 is out of range", "0 to 8"});
}

TEST_F(LinkSplits, NodeSplitsOfTorch) {
  name_ = "ogbn_products";
  files_ = testing::products_files();
  const std::string dict = "split/sales_ranking/split_dict.pt";
  for (const char* name : {"train", "valid", "test"})
    files_.text.erase("split/sales_ranking/" + std::string(name) + ".csv.gz");
  const auto write = [&](const Ids& test) {
    files_.bytes[dict] = pt_zip({{"train", ids({2}, {3, 1})},
                                 {"valid", testing::tensor<std::int32_t>({1}, {5})},
                                 {"test", ids({static_cast<std::int64_t>(test.size())}, test)}});
  };
  write({7, 8});
  const Dataset d = converted();
  EXPECT_EQ(values<std::int64_t>(d.split("")[Part::kTrain].at("node")), (Ids{3, 1}));
  EXPECT_EQ(values<std::int64_t>(d.split("")[Part::kValid].at("node")), Ids{5});
  write({7, 40});
  refused(files_, ErrorCode::kBadData, {dict, "position 1: 40 where a node id from 0 to 39 is wanted"});
  write({7, 3});
  refused(files_, ErrorCode::kBadData, {dict, "test, row 1: node 3 is already in train"});
}

TEST(RealLinks, DdiHasThePublishedCounts) {
  const std::filesystem::path folder = testing::real_dataset("ogbl_ddi");
  if (folder.empty()) GTEST_SKIP() << testing::missing("ogbl_ddi");
  const testing::TemporaryFolder cache;
  ::setenv("WEFT_CACHE", cache.path().c_str(), 1);
  convert(locate(folder.string(), ""), {});
  const Dataset d = open_cache(locate(folder.string(), ""));
  ::unsetenv("WEFT_CACHE");
  EXPECT_EQ(d.nodes().rows, 4267);
  EXPECT_EQ(d.edges().csr.num_edges, 2 * 1067911);
  const Split& split = d.split("target");
  EXPECT_EQ(split[Part::kTrain].at("edge").rows(), 1067911);
  EXPECT_EQ(split[Part::kValid].at("edge").rows(), 133489);
  EXPECT_EQ(split[Part::kValid].at("edge_neg").rows(), 101882);
  EXPECT_EQ(split[Part::kTest].at("edge").rows(), 133489);
  EXPECT_EQ(split[Part::kTest].at("edge_neg").rows(), 95599);
  // The training part is the raw edges in their order.
  const CsrView& csr = d.edges().csr;
  const auto train = split[Part::kTrain].at("edge").as<std::int64_t>();
  for (NodeId row = 0; row < csr.num_rows; ++row) {
    for (EdgeId e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) {
      const EdgeId k = csr.edge_ids[e] / 2;
      const bool inverse = csr.edge_ids[e] % 2 == 1;
      ASSERT_EQ(train[2 * k + (inverse ? 0 : 1)], row);
      ASSERT_EQ(train[2 * k + (inverse ? 1 : 0)], csr.cols[e]);
    }
  }
}

}  // namespace
}  // namespace weft::data
