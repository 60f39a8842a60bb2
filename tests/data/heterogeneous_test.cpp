// Datasets with several node types: everything arrives under its type, and what does not fit is refused.
#include "tests/support/converted.hpp"
#include "tests/support/ogb_heterogeneous.hpp"

namespace weft::data {
namespace {

class Heterogeneous : public testing::ConvertedFiles {
 protected:
  Heterogeneous() {
    name_ = "ogbn_mag";
    files_ = testing::mag_files();
  }
};

TEST_F(Heterogeneous, TypesRelationsLabelsAndSplits) {
  const Dataset d = converted();
  EXPECT_EQ(d.facts.name, "ogbn-mag");
  EXPECT_EQ(d.facts.num_classes, 349);
  EXPECT_EQ(d.facts.default_split, "time");
  ASSERT_EQ(d.tables.size(), 4u);
  EXPECT_EQ(d.tables.at("author").rows, 17);
  EXPECT_TRUE(d.tables.at("author").columns.empty());
  const Table& paper = d.tables.at("paper");
  EXPECT_EQ(paper.columns.at("node_feat").shape, (std::vector<std::int64_t>{30, 5}));
  EXPECT_EQ(paper.columns.at("node_year").as<std::int64_t>()[11], 2011);
  EXPECT_EQ(paper.columns.at("node_label").rows(), 30);
  EXPECT_EQ(d.split("")[Part::kTest].at("paper").as<std::int64_t>()[0], 2);
  ASSERT_EQ(d.relations.size(), 4u);
  EXPECT_EQ(d.relations[0].name, "affiliated_with") << "sorted by head, relation, tail";
  EXPECT_EQ(d.relations[3].name, "has_topic");
  EXPECT_EQ(d.relations[3].csr.num_edges, 12);
}

TEST_F(Heterogeneous, EdgesKeepTheirEndsAndTheirOrder) {
  files_.text["raw/relations/author___writes___paper/edge.csv.gz"] = "16,29\n0,29\n16,0\n";
  files_.text["raw/relations/author___writes___paper/num-edge-list.csv.gz"] = "3\n";
  files_.text["raw/relations/author___writes___paper/edge_reltype.csv.gz"] = "7\n8\n9\n";
  const Dataset d = converted();
  const Relation& writes = d.relations[1];
  EXPECT_EQ(writes.source + writes.name + writes.target, "authorwritespaper");
  EXPECT_EQ(writes.csr.num_rows, 30);
  EXPECT_EQ(writes.csr.num_cols, 17);
  EXPECT_EQ(writes.csr.offsets[1], 1);
  EXPECT_EQ(writes.csr.offsets[29], 1);
  EXPECT_EQ((std::vector<NodeId>{writes.csr.cols, writes.csr.cols + 3}), (std::vector<NodeId>{16, 0, 16}));
  EXPECT_EQ((std::vector<EdgeId>{writes.csr.edge_ids, writes.csr.edge_ids + 3}),
            (std::vector<EdgeId>{2, 1, 0}));
  EXPECT_EQ(writes.edge_columns.at("edge_reltype").as<std::int64_t>()[1], 8);
}

TEST_F(Heterogeneous, SameBytesAtAnyThreadCount) { expect_same_bytes_at_any_thread_count(); }

TEST_F(Heterogeneous, AFolderOfOnesOwn) {
  name_ = "mine";
  EXPECT_EQ(converted().tables.size(), 4u);
}

TEST_F(Heterogeneous, TypesThatDoNotFit) {
  const std::string counts = "raw/num-node-dict.csv.gz";
  refused(counts, "author,paper\n1\n", {counts, "no header of names with one row"});
  refused(counts, "author,author\n1,2\n", {counts, "'author' is there twice"});
  refused(counts, "author,\n1,2\n", {counts, "column 2: the name '' is empty"});
  refused(counts, "author,paper\n1,2.5\n", {counts, "'2.5' nodes of type paper", "from 0 to 2147483647"});
  refused(counts, "author,paper\n1,-2\n", {counts, "'-2' nodes of type paper"});
  const std::string triplets = "raw/triplet-type-list.csv.gz";
  refused(triplets, "\n", {triplets, "names no relation"});
  refused(triplets, "author,writes\n", {triplets, "2 columns where head type, relation and tail type"});
  refused(triplets, "author,writes,book\n", {triplets, "'book' is no node type"});
  refused(triplets, "author,writes,paper\nauthor,writes,paper\n",
          {triplets, "author___writes___paper is there twice"});
  refused(counts, "author,../paper\n1,2\n", {counts, "the name '../paper' cannot be used", "no '/'"});
  refused(counts, "..,paper\n1,2\n", {counts, "the name '..' cannot be used"});
  refused(counts, "graph,paper\n1,2\n", {counts, "the name 'graph' cannot be used"});
  refused(counts, std::string(65, 'a') + ",paper\n1,2\n", {counts, "cannot be used", "1 to 64 letters"});
  refused(counts, "auth\xffor,paper\n1,2\n", {counts, "line 1 is no text of printable ASCII letters"});
  refused(triplets, "author,a/b,paper\n", {triplets, "the name 'a/b' cannot be used"});
  const std::string flags = "raw/nodetype-has-label.csv.gz";
  refused(flags, "paper\nFalse\n", {flags, "no type has labels"});
  refused(flags, "paper\nyes\n", {flags, "'yes' of paper is neither True nor False"});
  refused(flags, "book\nTrue\n", {flags, "'book' is no node type"});
}

TEST_F(Heterogeneous, RowsThatDoNotFit) {
  const std::string writes = "raw/relations/author___writes___paper/";
  refused(writes + "num-edge-list.csv.gz", "44\n",
          {writes + "edge", "45 rows where num-edge-list.csv.gz says 44"});
  files_.text[writes + "num-edge-list.csv.gz"] = "2\n";
  files_.text[writes + "edge_reltype.csv.gz"] = "1\n1\n";
  refused(writes + "edge.csv.gz", "0,0\n17,29\n",
          {writes + "edge.csv.gz: line 2, column 1: '17' is out of range", "a node id from 0 to 16"});
  refused(writes + "edge.csv.gz", "0,0\n16,30\n", {"line 2, column 2: '30' is out of range"});
  refused("raw/node-label/paper/node-label.csv.gz", "1\n",
          {"raw/node-label/paper/node-label.csv.gz", "1 rows where num-node-dict.csv.gz says 30 nodes"});
  refused("split/time/paper/valid.csv.gz", "30\n", {"'30' is out of range", "a paper id from 0 to 29"});
}

TEST_F(Heterogeneous, NodesThatNothingBearsOut) {
  refused("raw/num-node-dict.csv.gz", "author,field_of_study,institution,paper\n2147483647,9,4,30\n",
          {"raw/num-node-dict.csv.gz: 2147483647 nodes for 147 edges", "nothing has a row per node"});
}

TEST_F(Heterogeneous, ARelationWithoutEdges) {
  const std::string writes = "raw/relations/author___writes___paper/";
  files_.text[writes + "edge.csv.gz"] = files_.text[writes + "edge_reltype.csv.gz"] = "";
  files_.text[writes + "num-edge-list.csv.gz"] = "0\n";
  const Dataset d = converted();
  EXPECT_EQ(d.relations[1].csr.num_edges, 0);
  EXPECT_EQ(d.relations[1].edge_columns.at("edge_reltype").rows(), 0);
}

TEST_F(Heterogeneous, FeaturesStayWhereTheyMayLackButDoNot) {
  files_.write(folder());
  ConvertOptions options;
  options.features_may_lack = true;
  convert(location(), options);
  EXPECT_EQ(open_cache(location()).tables.at("paper").columns.count("node_feat"), 1u);
  std::filesystem::remove(folder() / "raw/node-feat/paper/node-feat.csv.gz");
  convert(location(), options);
  EXPECT_TRUE(open_cache(location()).facts.without_features);
  testing::expect_error_with(ErrorCode::kNotFound,
                             {"raw/node-feat: no <type>/node-feat.csv.gz", "--without-features"},
                             [&] { convert(location(), {}); });
}

TEST_F(Heterogeneous, SplitsInOtherForms) {
  files_.bytes["split/time/split_dict.pt"] = "PK";
  refused(files_, ErrorCode::kUnsupported, {"split/time/split_dict.pt", "several node types"});
  name_ = "mine";
  files_ = testing::mag_files();
  std::erase_if(files_.text, [](const auto& file) { return file.first.starts_with("split/"); });
  refused(files_, ErrorCode::kNotFound, {"split: no split; add", "nodetype-has-split"});
}

TEST_F(Heterogeneous, InverseEdgesNeedOneType) {
  files_.write(folder());
  ConvertOptions options;
  options.add_inverse_edge = true;
  testing::expect_error_with(ErrorCode::kUnsupported, {"inverse edges cannot be added between node types"},
                             [&] { convert(location(), options); });
}

TEST_F(Heterogeneous, MissingFiles) {
  refused_without("raw/nodetype-has-label.csv.gz");
  files_.text.erase("raw/node-feat/paper/node_year.csv.gz");
  refused(files_, ErrorCode::kNotFound, {"raw/node-feat: no <type>/node_year.csv.gz"});
  files_ = testing::mag_files();
  refused_without("split/time/nodetype-has-split.csv.gz");
  refused_without("raw/num-node-dict.csv.gz");
  refused_without("raw/relations/author___writes___paper/edge.csv.gz");
  refused_without("raw/relations/author___writes___paper/num-edge-list.csv.gz");
  refused_without("raw/relations/author___writes___paper/edge_reltype.csv.gz");
  refused_without("raw/node-label/paper/node-label.csv.gz");
  refused_without("split/time/paper/test.csv.gz");
}

}  // namespace
}  // namespace weft::data
