// From raw files to a cache and back: everything arrives, nothing stale or foreign is used.
#include "data/cache/convert.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "tests/support/raw_folder.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;
using testing::expect_error_with;
using testing::RawFiles;

template <class T>
std::vector<T> values(const Array& array) {
  const auto view = array.as<T>();
  return {view.begin(), view.end()};
}

template <class T>
std::vector<T> values(const T* data, std::int64_t count) {
  return {data, data + count};
}

class Convert : public ::testing::Test {
 protected:
  void SetUp() override { ::unsetenv("WEFT_CACHE"); }

  fs::path folder() const { return temporary_.path() / "mine"; }
  Location location() const { return locate(folder().string(), ""); }
  Dataset converted(const ConvertOptions& options = {}) {
    files_.write(folder());
    convert(location(), options);
    return open_cache(location());
  }

  testing::TemporaryFolder temporary_;
  RawFiles files_;
};

TEST_F(Convert, AFolderOfOnesOwn) {
  const Dataset d = converted();
  EXPECT_EQ(d.facts.name, "mine");
  EXPECT_EQ(d.facts.task, "node");
  EXPECT_EQ(d.facts.metric, "acc");
  EXPECT_EQ(d.facts.num_tasks, 1);
  EXPECT_EQ(d.facts.num_classes, 3);
  EXPECT_EQ(d.facts.default_split, "own");
  EXPECT_FALSE(d.facts.add_inverse_edge);
  EXPECT_FALSE(d.facts.without_features);

  EXPECT_EQ(d.nodes().rows, 6);
  const Array& features = d.nodes().columns.at("node_feat");
  EXPECT_EQ(features.shape, (std::vector<std::int64_t>{6, 2}));
  EXPECT_EQ(values<float>(features),
            (std::vector<float>{0.5f, 1, -1.25f, 2, 3, 4, 0, 0, 1e-3f, 7, 2, -2.5f}));
  EXPECT_EQ(values<std::int64_t>(d.nodes().columns.at("node_label")),
            (std::vector<std::int64_t>{0, 1, 2, 0, 1, 2}));

  const CsrView& csr = d.edges().csr;  // edges 0>1 1>2 2>0 4>3 0>1, row = target
  EXPECT_EQ(values(csr.offsets, 7), (std::vector<EdgeId>{0, 1, 3, 4, 5, 5, 5}));
  EXPECT_EQ(values(csr.cols, 5), (std::vector<NodeId>{2, 0, 0, 1, 4}));
  EXPECT_EQ(values(csr.edge_ids, 5), (std::vector<EdgeId>{2, 0, 4, 1, 3}));

  const Split& split = d.split("");
  EXPECT_EQ(values<std::int64_t>(split[Part::kTrain].at("node")), (std::vector<std::int64_t>{0, 3, 1}));
  EXPECT_EQ(values<std::int64_t>(split[Part::kValid].at("node")), (std::vector<std::int64_t>{2}));
  EXPECT_EQ(values<std::int64_t>(split[Part::kTest].at("node")), (std::vector<std::int64_t>{4, 5}));
}

TEST_F(Convert, SameBytesAtAnyThreadCount) {
  converted();
  const std::string one = testing::read_bytes(location().cache);
  for (const int threads : {2, 3, 7}) {
    ConvertOptions options;
    options.threads = threads;
    convert(location(), options);
    EXPECT_EQ(testing::read_bytes(location().cache), one) << threads;
  }
}

TEST_F(Convert, UnzippedFilesServeToo) {
  for (const char* name : {"raw/edge", "raw/node-feat", "split/own/test"}) {
    const std::string zipped = std::string(name) + ".csv.gz";
    files_.text[std::string(name) + ".csv"] = files_.text.at(zipped);
    files_.text.erase(zipped);
  }
  const Dataset d = converted();
  EXPECT_EQ(d.edges().csr.num_edges, 5);
  EXPECT_EQ(d.nodes().columns.at("node_feat").rows(), 6);
}

TEST_F(Convert, ABlankLineIsALabelThatIsNotKnown) {
  const auto labels = [&](const std::string& text) {
    files_.text["raw/node-label.csv.gz"] = text;
    const Dataset d = converted();
    const Array& array = d.nodes().columns.at("node_label");
    return array.dtype == DType::kF32 ? values<float>(array) : std::vector<float>{};
  };
  files_.text["split/own/test.csv.gz"] = "4\n";
  const std::vector<float> last = labels("0\n1\n2\n0\n1\n\n");
  ASSERT_EQ(last.size(), 6u);
  EXPECT_TRUE(std::isnan(last[5]));
  files_.text["split/own/test.csv.gz"] = "5\n";
  const std::vector<float> inner = labels("0\n1\n2\r\n0\n\r\n2\n\n\n");
  ASSERT_EQ(inner.size(), 6u);
  EXPECT_TRUE(std::isnan(inner[4]));
  EXPECT_EQ(inner[5], 2.0f);
  files_.text["raw/node_year.csv.gz"] = "2000\n\n2001\n2002\n2003\n2004\n";
  {
    const Dataset d = converted();
    EXPECT_TRUE(std::isnan(values<float>(d.nodes().columns.at("node_year"))[1]));
  }
  files_.text["raw/node-label.csv.gz"] = "\n0\n1\n\n2\n0\n1\n2\n\n";
  const Dataset whole = converted();
  EXPECT_EQ(values<std::int64_t>(whole.nodes().columns.at("node_label")),
            (std::vector<std::int64_t>{0, 1, 2, 0, 1, 2}))
      << "with a label for every node, blank lines are nothing";
}

TEST_F(Convert, LabelsAsPeopleWriteThem) {
  const auto refused = [&](const std::string& text, const std::vector<std::string>& parts) {
    files_.text["raw/node-label.csv.gz"] = text;
    expect_error_with(ErrorCode::kBadData, parts, [&] { converted(); });
  };
  refused("0\n1\n\n2\n30000000\n1\n2\n", {"node-label.csv.gz: line 5, column 1: '30000000' is far above"});
  refused("0\n1\n2\n0\n8237827382738273827382\n2\n", {"'8237827382738273827382' is far above"});
  refused("0\n1\n-1\n0\n1\n2\n", {"line 3, column 1: '-1' is no class", "--unlabelled -1"});
  ConvertOptions options;
  options.unlabelled = 2;
  files_.text["raw/node-label.csv.gz"] = "0\n1\n0\n0\n1\n2\n";
  std::string noted;
  options.note = [&](const std::string& line) { noted += line + "\n"; };
  EXPECT_EQ(converted(options).facts.num_classes, 2);
  EXPECT_NE(noted.find("1 label is 2, which stands for no label"), std::string::npos) << noted;
  EXPECT_NE(noted.find("split/own: 1 of test's 2 have no label and do not count"), std::string::npos)
      << noted;
  files_.text["split/own/test.csv.gz"] = "4\n";
  files_.text["raw/node-label.csv.gz"] = "0.5\n1\n0\n0\n1\n2\n";
  const Dataset d = converted();
  EXPECT_EQ(d.facts.task_type, "regression");
  EXPECT_EQ(d.facts.num_classes, -1);
}

TEST_F(Convert, WithoutLabelsItCanBePredicted) {
  files_.text.erase("raw/node-label.csv.gz");
  EXPECT_EQ(converted().facts.num_tasks, 0);
  for (const char* part : {"train", "valid", "test"})
    files_.text.erase("split/own/" + std::string(part) + ".csv.gz");
  fs::remove_all(folder());
  EXPECT_EQ(converted().nodes().columns.count("node_label"), 0u);
}

TEST_F(Convert, AnEmptyPartIsSaid) {
  files_.text["split/own/valid.csv.gz"] = "";
  std::string noted;
  ConvertOptions options;
  options.note = [&](const std::string& line) { noted += line; };
  EXPECT_EQ(converted(options).split("")[Part::kValid].at("node").count(), 0);
  EXPECT_EQ(noted, (folder() / "split/own").string() + ": valid is empty");
}

TEST_F(Convert, InverseEdgesFollowTheirEdges) {
  ConvertOptions options;
  options.add_inverse_edge = true;
  files_.text["raw/edge.csv.gz"] = "0,1\n3,3\n";
  files_.text["raw/num-edge-list.csv.gz"] = "2\n";
  files_.text["raw/edge_weight.csv.gz"] = "7\n8\n";
  const Dataset d = converted(options);
  EXPECT_TRUE(d.facts.add_inverse_edge);
  const CsrView& csr = d.edges().csr;  // 0>1 1>0 3>3 3>3
  EXPECT_EQ(values(csr.cols, csr.num_edges), (std::vector<NodeId>{1, 0, 3, 3}));
  EXPECT_EQ(values(csr.edge_ids, csr.num_edges), (std::vector<EdgeId>{1, 0, 2, 3}));
  EXPECT_EQ(values<std::int64_t>(d.edges().edge_columns.at("edge_weight")),
            (std::vector<std::int64_t>{7, 8}));
}

TEST_F(Convert, WeightsMayBeSpelledAsFeaturesAre) {
  files_.text["raw/edge-weight.csv.gz"] = "1\n0.5\n-3\n0\n2\n";
  EXPECT_EQ(values<float>(converted().edges().edge_columns.at("edge_weight")),
            (std::vector<float>{1, 0.5f, -3, 0, 2}));
}

TEST_F(Convert, IntegerFeaturesTakeTheSmallestType) {
  const auto dtype = [&](const std::string& rows) {
    files_.text["raw/node-feat.csv.gz"] = rows;
    return converted().nodes().columns.at("node_feat").dtype;
  };
  EXPECT_EQ(dtype("0\n1\n2\n3\n4\n255\n"), DType::kU8);
  EXPECT_EQ(dtype("0\n1\n2\n3\n4\n256\n"), DType::kI32);
  EXPECT_EQ(dtype("0\n1\n2\n3\n4\n-1\n"), DType::kI32);
  EXPECT_EQ(dtype("0\n1\n2\n3\n4\n2147483648\n"), DType::kI64);
  EXPECT_EQ(dtype("0\n1\n2\n3\n4\n5.0\n"), DType::kF32);
}

TEST_F(Convert, LabelsWithSeveralTasksAndGaps) {
  files_.text["raw/node-label.csv.gz"] = "0.0,,1.0\n1.0,nan,0.0\n,,\n0.0,0.0,0.0\n1.0,1.0,1.0\n0.0,1.0,\n";
  const Dataset d = converted();
  EXPECT_EQ(d.facts.num_tasks, 3);
  EXPECT_EQ(d.facts.num_classes, 2);
  const std::vector<float> labels = values<float>(d.nodes().columns.at("node_label"));
  EXPECT_TRUE(std::isnan(labels[1]) && std::isnan(labels[4]) && std::isnan(labels[17]));
  EXPECT_EQ(labels[2], 1.0f);
}

TEST_F(Convert, LabelsWrittenAsFloatsAreClasses) {
  files_.text["raw/node-label.csv.gz"] = "0.0\n1.0\n2.0\n0.0\n1.0\n4.0\n";
  const Dataset d = converted();
  EXPECT_EQ(d.nodes().columns.at("node_label").dtype, DType::kI64);
  EXPECT_EQ(d.facts.num_classes, 5);
}

TEST_F(Convert, RealLabelsWhereTheCallerSaysSo) {
  files_.text["raw/node-label.csv.gz"] = "0.5\n-1\n2\n0\n1\n4\n";
  ConvertOptions options;
  options.num_classes = -1;
  const Dataset d = converted(options);
  EXPECT_EQ(values<float>(d.nodes().columns.at("node_label"))[1], -1.0f);
  EXPECT_EQ(d.facts.metric, "rmse");
  EXPECT_EQ(d.facts.num_classes, -1);
}

TEST_F(Convert, AdditionalFiles) {
  files_.text["raw/species.csv.gz"] = "10\n20\n30\n40\n50\n60\n";
  files_.text["raw/node_weight.csv.gz"] = "1\n2\n3\n\"\"\n5\n6\n";
  files_.text["raw/edge-feat.csv.gz"] = "0.5,1\n0.25,2\n0,3\n0,4\n0,5\n";
  const Dataset d = converted();
  EXPECT_EQ(values<std::int64_t>(d.nodes().columns.at("node_species"))[5], 60);
  EXPECT_TRUE(std::isnan(values<float>(d.nodes().columns.at("node_weight"))[3]));
  EXPECT_EQ(values<float>(d.edges().edge_columns.at("edge_feat"))[2], 0.25f);
  EXPECT_EQ(d.edges().edge_columns.at("edge_feat").shape, (std::vector<std::int64_t>{5, 2}));
}

TEST_F(Convert, SeveralSplitsWantAName) {
  for (const char* part : {"train", "valid", "test"}) {
    files_.text[std::string("split/other/") + part + ".csv.gz"] =
        files_.text[std::string("split/own/") + part + ".csv.gz"];
  }
  const Dataset d = converted();
  EXPECT_EQ(d.splits.size(), 2u);
  expect_error_with(ErrorCode::kNotFound, {"other, own"}, [&] { d.split(""); });
  ConvertOptions options;
  options.default_split = "other";
  EXPECT_EQ(converted(options).facts.default_split, "other");
  options.default_split = "third";
  expect_error_with(ErrorCode::kInvalidArgument, {"split/third", "other, own"}, [&] { converted(options); });
}

TEST_F(Convert, NoEdgesAndNoFeatures) {
  files_.text["raw/edge.csv.gz"] = "";
  files_.text["raw/num-edge-list.csv.gz"] = "0\n";
  files_.text.erase("raw/node-feat.csv.gz");
  const Dataset d = converted();
  EXPECT_EQ(d.edges().csr.num_edges, 0);
  EXPECT_FALSE(d.nodes().columns.contains("node_feat"));
  EXPECT_FALSE(d.facts.without_features);
}

TEST_F(Convert, WithoutFeatures) {
  ConvertOptions options;
  options.without_features = true;
  const Dataset d = converted(options);
  EXPECT_TRUE(d.facts.without_features);
  EXPECT_FALSE(d.nodes().columns.contains("node_feat"));
}

TEST_F(Convert, ReportsProgress) {
  std::map<std::string, double> last;
  ConvertOptions options;
  options.threads = 3;
  options.progress = [&](const std::string& what, double fraction) {
    EXPECT_GE(fraction, last[what]);
    last[what] = fraction;
  };
  converted(options);
  EXPECT_EQ(last.at("node-feat.csv.gz"), 1.0);
  EXPECT_EQ(last.at("edge.csv.gz"), 1.0);
}

// ---- stale caches ----

TEST_F(Convert, OpensOnlyWhatWasConverted) {
  files_.write(folder());
  expect_error_with(ErrorCode::kNotFound, {"mine: is not converted yet", "mine.weft", "weft convert"},
                    [&] { open_cache(location()); });
  EXPECT_EQ(open_or_convert(location(), {}).nodes().rows, 6);
  EXPECT_EQ(open_cache(location()).nodes().rows, 6);
}

TEST_F(Convert, ChangedFilesMakeItStale) {
  converted();
  const auto expect_stale = [&](const std::string& why) {
    expect_error_with(ErrorCode::kStale,
                      {"mine.weft", "out of date", why, "weft convert " + folder().string()},
                      [&] { open_cache(location()); });
    ConvertOptions options;
    std::string notes;
    options.note = [&](const std::string& line) { notes += line; };
    open_or_convert(location(), options);
    EXPECT_NE(notes.find(why), std::string::npos) << notes;
    EXPECT_NO_THROW(open_cache(location()));
  };
  testing::write_bytes(folder() / "raw/node_year.csv", "1\n2\n3\n4\n5\n6\n");
  expect_stale("raw/node_year.csv is new");
  fs::remove(folder() / "raw/node_year.csv");
  expect_stale("raw/node_year.csv is gone");
  files_.text["raw/edge.csv.gz"] = "0,1\n1,2\n2,0\n4,3\n0,1\n\n";
  files_.write(folder());
  expect_stale("raw/edge.csv.gz has another size");
  // Same size, later time, other contents.
  files_.text["raw/edge.csv.gz"] = "0,1\n1,2\n2,0\n4,3\n0,5\n\n";
  files_.write(folder());
  fs::last_write_time(folder() / "raw/edge.csv.gz",
                      fs::file_time_type::clock::now() + std::chrono::seconds(5));
  expect_stale("raw/edge.csv.gz has changed");
}

TEST_F(Convert, AChangeWithinSizeAndTimeIsNoticedByWhoLooks) {
  converted();
  const fs::path edges = folder() / "raw/edge.csv.gz";
  const auto time = fs::last_write_time(edges);
  std::string other = testing::read_bytes(edges);
  other.at(other.find("0,1")) = '5';
  testing::write_bytes(edges, other);
  fs::last_write_time(edges, time);
  EXPECT_NO_THROW(open_cache(location()));
  const std::vector<std::string> said{"mine.weft: is out of date (raw/edge.csv.gz has changed)",
                                      "weft convert " + folder().string()};
  expect_error_with(ErrorCode::kStale, said, [&] { open_cache(location(), SourceCheck::kBytes); });
  struct stat now {};
  const auto changed = [&] {
    EXPECT_EQ(::stat(edges.c_str(), &now), 0);
    return std::make_pair(now.st_ctim.tv_sec, now.st_ctim.tv_nsec);
  };
  for (const auto before = changed(); changed() == before;) fs::last_write_time(edges, time);  // a tick later
  expect_error_with(ErrorCode::kStale, said, [&] { open_cache(location(), SourceCheck::kChanges); });
}

TEST_F(Convert, WhatTheFileSystemRefusesIsNamed) {
  files_.write(folder());
  fs::create_symlink("again", folder() / "split/again");  // leads to itself
  expect_error_with(ErrorCode::kIo, {"split/again: cannot look at it: Too many levels of symbolic links"},
                    [&] { convert(location(), {}); });
}

TEST_F(Convert, ACopyWithItsTimeIsTheSameFile) {
  converted();
  const fs::path edges = folder() / "raw/edge.csv.gz";
  const auto time = fs::last_write_time(edges);
  testing::write_bytes(edges, testing::read_bytes(edges));
  fs::last_write_time(edges, time);
  for (const SourceCheck check : {SourceCheck::kTimes, SourceCheck::kChanges, SourceCheck::kBytes})
    EXPECT_NO_THROW(open_cache(location(), check));
}

TEST_F(Convert, TheSameContentsWithAnotherTimeAreNotStale) {
  converted();
  for (const std::string& name : testing::files_below(folder())) {
    fs::last_write_time(folder() / name, fs::file_time_type::clock::now() + std::chrono::hours(1));
  }
  EXPECT_NO_THROW(open_cache(location()));
}

TEST_F(Convert, AFeatureFileThatWasLeftOutDoesNotMatter) {
  ConvertOptions options;
  options.without_features = true;
  converted(options);
  fs::remove(folder() / "raw/node-feat.csv.gz");
  EXPECT_NO_THROW(open_cache(location()));
}

TEST_F(Convert, ACacheAloneStandsOnItsOwn) {
  converted();
  fs::rename(folder() / "mine.weft", temporary_.path() / "alone.weft");
  fs::remove_all(folder());
  EXPECT_EQ(open_cache(locate((temporary_.path() / "alone.weft").string(), "")).nodes().rows, 6);
}

TEST_F(Convert, MovesWithItsFolder) {
  converted();
  fs::rename(folder(), temporary_.path() / "moved");
  const Location moved = locate((temporary_.path() / "moved").string(), "");
  fs::rename(temporary_.path() / "moved" / "mine.weft", moved.cache);
  EXPECT_NO_THROW(open_cache(moved));
}

// ---- real data ----

void expect_sizes(const Split& split, std::int64_t train, std::int64_t valid, std::int64_t test) {
  EXPECT_EQ(split[Part::kTrain].at("node").rows(), train);
  EXPECT_EQ(split[Part::kValid].at("node").rows(), valid);
  EXPECT_EQ(split[Part::kTest].at("node").rows(), test);
}

TEST_F(Convert, TheEmbeddedDataset) {
  ::setenv("WEFT_CACHE", temporary_.path().c_str(), 1);
  const Location debian = locate("debian", "");
  ConvertOptions options;
  options.threads = 2;
  convert(debian, options);
  const Dataset d = open_cache(debian);
  EXPECT_EQ(d.nodes().rows, 62'485);
  EXPECT_EQ(d.edges().csr.num_edges, 309'648);
  EXPECT_EQ(d.facts.num_classes, 47);
  EXPECT_EQ(d.facts.default_split, "source");
  EXPECT_EQ(d.nodes().columns.at("node_feat").dtype, DType::kU8);
  expect_sizes(d.split("source"), 30'978, 12'843, 18'664);
  expect_sizes(d.split("popularity"), 31'243, 12'497, 18'745);
  expect_sizes(d.split("random"), 31'164, 12'596, 18'725);
  const auto counts = values<std::uint8_t>(d.nodes().columns.at("node_feat"));
  EXPECT_NEAR(std::accumulate(counts.begin(), counts.end(), 0.0) / 62'485, 5.8, 0.05);  // words per node
}

TEST_F(Convert, TheRealGraphOfOgbnArxiv) {
  const char* set = std::getenv("WEFT_TEST_DATA");
  const fs::path root = set != nullptr ? fs::path(set) : fs::path(WEFT_SOURCE_DIR) / ".." / "shared";
  const fs::path arxiv = root / "datasets" / "ogbn_arxiv";
  if (!fs::exists(arxiv))
    GTEST_SKIP() << "no " << arxiv << "; set WEFT_TEST_DATA to the folder with datasets/";
  ::setenv("WEFT_CACHE", temporary_.path().c_str(), 1);
  const Location at = locate(arxiv.string(), "");
  EXPECT_EQ(at.name, "ogbn-arxiv");
  ConvertOptions options;
  options.threads = 2;
  if (!fs::exists(arxiv / "raw" / "node-feat.csv.gz")) {
    expect_error_with(ErrorCode::kNotFound, {"raw/node-feat.csv.gz: no such file", "--without-features"},
                      [&] { convert(at, options); });
  }
  options.without_features = true;
  convert(at, options);
  const Dataset d = open_cache(at);
  EXPECT_EQ(d.nodes().rows, 169'343);
  EXPECT_EQ(d.edges().csr.num_edges, 1'166'243);
  EXPECT_EQ(d.facts.num_classes, 40);
  EXPECT_EQ(d.nodes().columns.at("node_year").rows(), 169'343);
  expect_sizes(d.split(""), 90'941, 29'799, 48'603);
  // Row = target: the most cited paper is cited by 13,155 others.
  const CsrView& csr = d.edges().csr;
  EdgeId largest = 0;
  for (NodeId v = 0; v < csr.num_rows; ++v) largest = std::max(largest, csr.offsets[v + 1] - csr.offsets[v]);
  EXPECT_EQ(largest, 13'155);
}

}  // namespace
}  // namespace weft::data
