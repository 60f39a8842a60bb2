// Broken raw files and caches: one line that names file, place, value and what to do, and nothing left
// behind.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "data/cache/convert.hpp"
#include "data/store/store.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;
using testing::expect_error_with;
using testing::gzip;
using testing::RawFiles;

class BadInput : public ::testing::Test {
 protected:
  void SetUp() override { ::unsetenv("WEFT_CACHE"); }

  fs::path folder() const { return temporary_.path() / name_; }

  /// Converting these files is refused, and leaves the folder as it was.
  void refused(const RawFiles& files, ErrorCode code, const std::vector<std::string>& pieces,
               const ConvertOptions& options = {}) {
    fs::remove_all(folder());
    files.write(folder());
    const auto before = testing::files_below(temporary_.path());
    expect_error_with(code, pieces, [&] { convert(locate(folder().string(), ""), options); });
    EXPECT_EQ(testing::files_below(temporary_.path()), before);
  }
  /// The same with one file changed.
  void refused_text(const std::string& file, const std::string& text,
                    const std::vector<std::string>& pieces) {
    SCOPED_TRACE(file + ": " + text.substr(0, 40));
    RawFiles files;
    files.text[file] = text;
    std::vector<std::string> all = pieces;
    all.push_back(file);
    refused(files, ErrorCode::kBadData, all);
  }
  void refused_bytes(const std::string& file, const std::string& bytes,
                     const std::vector<std::string>& pieces) {
    RawFiles files;
    files.bytes[file] = bytes;
    refused(files, ErrorCode::kBadData, pieces);
  }
  void refused_without(const std::string& file, const std::vector<std::string>& pieces) {
    RawFiles files;
    files.text.erase(file);
    refused(files, ErrorCode::kNotFound, pieces);
  }

  std::string name_ = "mine";
  testing::TemporaryFolder temporary_;
};

TEST_F(BadInput, DamagedFiles) {
  const std::string whole = gzip(RawFiles().text["raw/node-feat.csv.gz"]);
  refused_bytes("raw/node-feat.csv.gz", whole.substr(0, 30),
                {"raw/node-feat.csv.gz: is cut off after 30 bytes", "use another copy"});
  refused_bytes("raw/edge.csv.gz", "0,1\n1,2\n", {"raw/edge.csv.gz: is not a gzip file", "use another copy"});
  refused_bytes("raw/edge.csv.gz", "", {"raw/edge.csv.gz: is empty", "use another copy"});
  std::string flipped = whole;
  flipped[flipped.size() - 6] ^= 1;  // the CRC
  refused_bytes("raw/node-feat.csv.gz", flipped, {"raw/node-feat.csv.gz: ", "use another copy"});
  refused_bytes("raw/node-feat.csv.gz", whole + "more", {"bytes after the end of the gzip data"});
}

TEST_F(BadInput, TwoFilesWithOneMeaning) {
  const auto refused_both = [&](const std::string& file, const std::string& other, const std::string& like) {
    SCOPED_TRACE(file);
    RawFiles files;
    files.text[file] = files.text[like];
    refused(files, ErrorCode::kBadData, {file + ": is there beside " + other, "keep one"});
  };
  for (const char* stem : {"raw/edge", "raw/num-node-list", "raw/num-edge-list", "raw/node-feat",
                           "raw/node-label", "split/own/train", "split/own/valid", "split/own/test"}) {
    const std::string file = stem;
    refused_both(file + ".csv", file.substr(file.rfind('/') + 1) + ".csv.gz", file + ".csv.gz");
  }
  refused_both("split/own/split_dict.pt", "train.csv.gz", "split/own/train.csv.gz");
  refused_both("raw/data.npz", "edge.csv.gz", "raw/edge.csv.gz");
  RawFiles files;
  files.text["raw/triplet-type-list.csv"] = "a,b,c\n";
  refused(files, ErrorCode::kBadData, {"raw/edge.csv.gz: is there beside triplet-type-list.csv"});
  files = {};
  files.text["raw/edge_weight.csv"] = files.text["raw/edge_weight.csv.gz"] = "1\n2\n3\n4\n5\n";
  refused(files, ErrorCode::kBadData, {"raw/edge_weight.csv: is there beside edge_weight.csv.gz"});
  files = {};
  files.text["raw/node_species.csv"] = files.text["raw/species.csv"] = "1\n2\n3\n4\n5\n6\n";
  refused(files, ErrorCode::kBadData, {"raw/node_species.csv: is there beside species.csv"});
  files = {};
  files.text["raw/node_label.csv"] = "1\n2\n3\n4\n5\n6\n";
  refused(files, ErrorCode::kBadData, {"raw/node_label.csv: ", "node_label is read from node-label.csv"});
}

TEST_F(BadInput, OnlyOgbsOwnFilesAreUnpackedAgain) {
  RawFiles files;
  files.text["raw/edge.csv.gz"] = "0,1\n1,b\n2,0\n4,3\n0,1\n";
  refused(files, ErrorCode::kBadData, {"'b' is not a number; wanted a node id from 0 to 5; correct the row"});
  name_ = "ogbn_arxiv";
  for (const char* part : {"train", "valid", "test"}) {
    const std::string file = std::string(part) + ".csv.gz";
    files.text["split/time/" + file] = files.text["split/own/" + file];
  }
  files.text["raw/node_year.csv.gz"] = "1\n2\n3\n4\n5\n6\n";
  refused(files, ErrorCode::kBadData,
          {"'b' is not a number", "OGB's own file is right: unpack the dataset again"});
}

TEST_F(BadInput, AFolderThatMayNotBeReadIsSaidToBe) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  RawFiles().write(folder());
  fs::permissions(folder() / "split", fs::perms::none);
  expect_error_with(ErrorCode::kIo, {"split: cannot list the folder: Permission denied", "the right to it"},
                    [&] { convert(locate(folder().string(), ""), {}); });
  fs::permissions(folder() / "split", fs::perms::owner_all);
}

TEST_F(BadInput, NamesThatAreNotUtf8) {
  RawFiles files;
  files.text["raw/node_\xe9.csv"] = "1\n2\n3\n4\n5\n6\n";
  refused(files, ErrorCode::kBadData, {"raw/node_\\xe9.csv: its name is not UTF-8; rename it"});
  files = {};
  for (const char* part : {"train", "valid", "test"})
    files.text["split/\xe9/" + std::string(part) + ".csv"] = "1\n";
  refused(files, ErrorCode::kBadData, {"split/\\xe9: its name is not UTF-8; rename it"});
}

TEST_F(BadInput, EdgeRows) {
  const char* file = "raw/edge.csv.gz";
  refused_text(file, "0,1\n1\n2,0\n4,3\n0,1\n",
               {"line 2 has 1 columns where 2 are wanted", "correct the row"});
  refused_text(file, "0,1\n1,2,3\n2,0\n4,3\n0,1\n", {"line 2 has 3 columns where 2 are wanted"});
  refused_text(file, "0,1\n1,b\n2,0\n4,3\n0,1\n", {"line 2, column 2: 'b' is not a number"});
  refused_text(file, "0,1\n,2\n2,0\n4,3\n0,1\n", {"line 2, column 1: '' is empty"});
  refused_text(file, "0,1\n1,6\n2,0\n4,3\n0,1\n",
               {"line 2, column 2: '6' is out of range", "a node id from 0 to 5"});
  refused_text(file, "0,1\n-1,2\n2,0\n4,3\n0,1\n", {"line 2, column 1: '-1' is out of range"});
  refused_text(file, "0,1\n1.5,2\n2,0\n4,3\n0,1\n", {"line 2, column 1: '1.5' is not a whole number"});
}

TEST_F(BadInput, CountsThatDisagree) {
  refused_text("raw/edge.csv.gz", "0,1\n1,2\n", {"has 2 rows where num-edge-list.csv.gz says 5 edges"});
  refused_text("raw/edge.csv.gz", "0,1\n1,2\n2,0\n4,3\n0,1\n0,2\n",
               {"has 6 rows where num-edge-list.csv.gz says 5"});
  refused_text("raw/node-label.csv.gz", "0\n1\n", {"has 2 rows where num-node-list.csv.gz says 6 nodes"});
  refused_text("raw/node-feat.csv.gz", "0.5\n1\n", {"has 2 rows where num-node-list.csv.gz says 6 nodes"});
  refused_text("raw/node-feat.csv.gz", "1\n2\n3\n4\n5\n6\n7.5\n",
               {"has 7 rows where num-node-list.csv.gz says 6 nodes"});
  refused_text("raw/node_year.csv.gz", "1\n", {"has 1 rows where num-node-list.csv.gz says 6 nodes"});
  refused_text("raw/edge_weight.csv.gz", "1\n", {"has 1 rows where num-edge-list.csv.gz says 5 edges"});
  refused_text("raw/edge_weight.csv.gz", "1\n2\nnan\n4\n5\n",
               {"edge_weight.csv.gz: line 3, column 1: 'nan'"});
  refused_text("raw/edge_weight.csv.gz", "1\n2\n\n4\n5\n",
               {"has 4 rows where num-edge-list.csv.gz says 5 edges"});
  refused_text("raw/edge_weight.csv.gz", "1\n2\n3\n-inf\n5\n",
               {"edge_weight.csv.gz: line 4, column 1: '-inf'"});
  RawFiles twice;
  twice.text["raw/edge_weight.csv.gz"] = twice.text["raw/edge-weight.csv.gz"] = "1\n2\n3\n4\n5\n";
  refused(twice, ErrorCode::kBadData,
          {"raw/edge-weight.csv.gz: is there beside edge_weight.csv.gz", "keep one"});
  refused_text("raw/edge-feat.csv.gz", "1\n", {"has 1 rows where num-edge-list.csv.gz says 5 edges"});
  RawFiles boasting;
  boasting.text["raw/num-edge-list.csv.gz"] = "4000000000000000000\n";
  refused(boasting, ErrorCode::kBadData,
          {"raw/edge.csv.gz: has 5 rows where num-edge-list.csv.gz says 4000000000000000000 edges"});
}

TEST_F(BadInput, Counts) {
  refused_text("raw/num-node-list.csv.gz", "0\n",
               {"has 1 rows, one per graph, and 0 nodes", "at least one node"});
  refused_text("raw/num-node-list.csv.gz", "2147483648\n",
               {"'2147483648' is out of range", "a number of nodes from 0 to 2147483647"});
  refused_text("raw/num-node-list.csv.gz", "six\n", {"'six' is not a number"});
  refused_text("raw/num-edge-list.csv.gz", "-1\n", {"'-1' is out of range"});
  RawFiles two_graphs;
  two_graphs.text["raw/num-node-list.csv.gz"] = "3\n3\n";
  refused(two_graphs, ErrorCode::kBadData,
          {"raw/num-edge-list.csv.gz: has 1 rows where num-node-list.csv.gz has 2"});
  two_graphs.text["raw/num-edge-list.csv.gz"] = "2\n3\n";
  refused(two_graphs, ErrorCode::kBadData,
          {"raw/num-node-list.csv.gz: has 2 rows, one per graph", "raw/graph-label.csv.gz"});
}

TEST_F(BadInput, Features) {
  const char* file = "raw/node-feat.csv.gz";
  refused_text(file, "1.5,2\n1,nan\n1,2\n1,2\n1,2\n1,2\n",
               {"line 2, column 2: 'nan' is empty or NaN", "a finite number"});
  refused_text(file, "1,2\n1,2\n1,2\n1,2\n1,2\n1,\n", {"line 6, column 2: '' is empty or NaN"});
  refused_text(file, "1.5,2\n1,2\n-inf,2\n1,2\n1,2\n1,2\n", {"line 3, column 1: '-inf' is infinite"});
  refused_text(file, "1.5,2\n1,2\n1e39,2\n1,2\n1,2\n1,2\n",
               {"line 3, column 1: '1e39' is too large for float32"});
  refused_text(file, "1.5,2\n1,2\n1\n1,2\n1,2\n1,2\n", {"line 3 has 1 columns where 2 are wanted"});
  refused_text(file, "1.5,2\n1,x\n1,2\n1,2\n1,2\n1,2\n", {"line 2, column 2: 'x' is not a number"});
  refused_text(file, "", {"has no rows"});
}

TEST_F(BadInput, Labels) {
  const char* file = "raw/node-label.csv.gz";
  refused_text(file, "0\n1\n-2\n0\n1\n2\n", {"line 3, column 1: '-2' is no class", "--unlabelled -2", "NaN"});
  refused_text(file, "0\n1\ncat\n0\n1\n2\n", {"line 3, column 1: 'cat' is not a number"});
  refused_text(file, "0\n1\ninf\n0\n1\n2\n", {"line 3, column 1: 'inf' is infinite"});
  ConvertOptions options;
  options.num_classes = 2;
  refused(RawFiles(), ErrorCode::kBadData, {"line 3, column 1: '2' is out of range", "a class from 0 to 1"},
          options);
  RawFiles broken;
  broken.text[file] = "0\n1\n\"\"\n0\n1.5\n1\n";
  refused(broken, ErrorCode::kBadData, {"line 5, column 1: '1.5' is no whole number", "a class from 0 to 1"},
          options);
}

TEST_F(BadInput, LabelsOfAKnownDataset) {
  name_ = "ogbn_arxiv";
  RawFiles files;
  files.text["raw/node_year.csv.gz"] = "1\n2\n3\n4\n5\n6\n";
  files.text["raw/node-label.csv.gz"] = "0\n1\n2\n40\n1\n2\n";
  refused(files, ErrorCode::kBadData, {"line 4, column 1: '40' is out of range", "a class from 0 to 39"});
  files.text["raw/node-label.csv.gz"] = "0,1\n1,1\n2,1\n4,1\n1,1\n2,1\n";
  refused(files, ErrorCode::kBadData, {"line 1 has 2 columns where 1 are wanted"});
}

TEST_F(BadInput, Splits) {
  refused_text("split/own/test.csv.gz", "4\n6\n",
               {"line 2, column 1: '6' is out of range", "a node id from 0 to 5"});
  refused_text("split/own/test.csv.gz", "4\n-1\n", {"line 2, column 1: '-1' is out of range"});
  refused_text("split/own/test.csv.gz", "4\n\n3\n", {"line 3: node 3 is already in train"});
  refused_text("split/own/valid.csv.gz", "2\n2\n", {"line 2: node 2 is already in valid"});
  refused_text("split/own/train.csv.gz", "0,1\n", {"line 1 has 2 columns where 1 are wanted"});
  RawFiles unlabelled;
  unlabelled.text["raw/node-label.csv.gz"] = "0\n1\n2\n0\n\"\"\n2\n";
  refused(unlabelled, ErrorCode::kBadData, {"split/own/test.csv.gz: line 1: node 4 has no label"});
}

TEST_F(BadInput, MissingFiles) {
  refused_without("raw/edge.csv.gz", {"raw/edge.csv.gz: no such file"});
  refused_without("raw/num-node-list.csv.gz", {"raw/num-node-list.csv.gz: no such file"});
  refused_without("split/own/valid.csv.gz", {"split/own/valid.csv.gz: no such file"});
  RawFiles no_split;
  for (const char* part : {"train", "valid", "test"})
    no_split.text.erase(std::string("split/own/") + part + ".csv.gz");
  refused(no_split, ErrorCode::kNotFound, {"split: no split", "split/<name>/{train,valid,test}.csv.gz"});
  RawFiles nothing;
  nothing.text = {{"readme.csv", "1\n"}};
  refused(nothing, ErrorCode::kNotFound, {"has no folder raw/"});
}

TEST_F(BadInput, NodesThatNothingElseTellsOf) {
  RawFiles files;
  for (const char* file : {"raw/node-feat.csv.gz", "raw/node-label.csv.gz"}) files.text.erase(file);
  files.text["raw/num-node-list.csv.gz"] = "2000000000\n";
  ConvertOptions options;
  options.features_may_lack = true;
  refused(files, ErrorCode::kBadData,
          {"num-node-list.csv.gz: 2000000000 nodes for 5 edges", "nothing has a row per node"}, options);
}

TEST_F(BadInput, MissingFilesOfAKnownDataset) {
  name_ = "ogbn_arxiv";
  RawFiles files;
  refused(files, ErrorCode::kNotFound, {"raw/node_year.csv.gz: no such file"});
  files.text["raw/node_year.csv.gz"] = "1\n2\n3\n4\n5\n6\n";
  refused(files, ErrorCode::kNotFound, {"split/time: no such split", "own"});
  for (const char* part : {"train", "valid", "test"}) {
    files.text[std::string("split/time/") + part + ".csv.gz"] =
        files.text[std::string("split/own/") + part + ".csv.gz"];
  }
  files.text.erase("raw/node-feat.csv.gz");
  refused(files, ErrorCode::kNotFound, {"raw/node-feat.csv.gz: no such file", "--without-features"});
}

TEST_F(BadInput, BinaryDatasetsInCsvForm) {
  for (const char* name : {"ogbn_papers100M", "ogbl_vessel"}) {
    name_ = name;
    refused(RawFiles(), ErrorCode::kNotFound, {"raw/data.npz", "no such file"});
  }
}

// ---- the cache ----

class BadCache : public BadInput {
 protected:
  void SetUp() override {
    BadInput::SetUp();
    RawFiles().write(folder());
    convert(at(), {});
    cache_ = testing::read_bytes(at().cache);
  }
  Location at() const { return locate(folder().string(), ""); }
  void refused_cache(const std::string& bytes, const std::vector<std::string>& pieces) {
    testing::write_bytes(at().cache, bytes);
    expect_error_with(ErrorCode::kBadData, pieces, [&] { open_cache(at()); });
    expect_error_with(ErrorCode::kBadData, pieces, [&] { open_or_convert(at(), {}); });
    EXPECT_EQ(testing::read_bytes(at().cache), bytes) << "a damaged cache is kept for its owner to see";
  }

  std::string cache_;
};

TEST_F(BadCache, TruncatedAnywhere) {
  for (std::size_t size = 0; size < cache_.size(); size += 61)
    refused_cache(cache_.substr(0, size), {"mine.weft"});
}

TEST_F(BadCache, NotACache) { refused_cache("this is no cache\n", {"mine.weft"}); }

TEST_F(BadCache, EveryFlippedByteIsFoundByVerifyOrOpen) {
  for (std::size_t byte = 0; byte < cache_.size(); byte += 7) {
    std::string damaged = cache_;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 0x20);
    testing::write_bytes(at().cache, damaged);
    try {
      open_cache(at());
      verify_cache(at(), open_cache(at()), 1);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("mine.weft"), std::string::npos) << error.what();
      continue;
    }
    // Padding between sections belongs to nobody; everything else must be missed.
    EXPECT_EQ(cache_[byte], '\0') << byte;
  }
}

void write_description(const fs::path& cache, const std::string& text) {
  StoreWriter writer(cache, text.size());
  writer.add_text("dataset", text);
  writer.commit();
}

TEST_F(BadCache, AnOlderDescriptionIsStale) {
  write_description(at().cache, R"({"version": 0})");
  expect_error_with(ErrorCode::kStale, {"mine.weft", "another version", "weft convert"},
                    [&] { open_cache(at()); });
  EXPECT_EQ(open_or_convert(at(), {}).nodes().rows, 6);
}

TEST_F(BadCache, ADescriptionThatDoesNotFit) {
  for (const char* text : {"{}", "not json", "[1]", R"({"version": "1"})"}) {
    write_description(at().cache, text);
    expect_error_with(ErrorCode::kBadData, {"mine.weft", "section dataset cannot be read", "convert"},
                      [&] { open_cache(at()); });
  }
}

/// Lets files grow no further than `bytes`: writing on fails as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

TEST_F(BadInput, NoSpaceLeft) {
  RawFiles().write(folder());
  const auto before = testing::files_below(temporary_.path());
  const Location at = locate(folder().string(), "");
  {
    const FileSizeLimit limit(2000);  // less than the cache
    expect_error_with(ErrorCode::kNoSpace, {"mine.weft"}, [&] { convert(at, {}); });
  }
  EXPECT_EQ(testing::files_below(temporary_.path()), before);
}

}  // namespace
}  // namespace weft::data
