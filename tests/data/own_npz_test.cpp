// A graph of one's own in a .npz file: every name it may use, every refusal, and real files.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <map>

#include "data/cache/convert.hpp"
#include "tests/support/files.hpp"
#include "tests/support/npy_bytes.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;
using testing::expect_error_with;
using testing::npy;
using Arrays = std::map<std::string, std::string>;

template <class T>
std::vector<T> values(const Array& array) {
  const auto view = array.as<T>();
  return {view.begin(), view.end()};
}

class OwnNpz : public ::testing::Test {
 protected:
  void SetUp() override { ::unsetenv("WEFT_CACHE"); }

  static std::string bytes_of(const Arrays& arrays) {
    return testing::npz({arrays.begin(), arrays.end()}, true);
  }
  fs::path path(const char* name = "mine.npz") const { return folder_.path() / name; }
  Location location() const { return locate(path().string(), ""); }
  Dataset converted(const Arrays& arrays, const ConvertOptions& options = {}) const {
    testing::write_bytes(path(), bytes_of(arrays));
    convert(location(), options);
    return open_cache(location());
  }
  void expect_refused(const Arrays& arrays, ErrorCode code, const std::vector<std::string>& parts,
                      const ConvertOptions& options = {}) const {
    expect_error_with(code, parts, [&] { converted(arrays, options); });
  }
  Arrays with(const std::string& name, const std::string& bytes) const {
    Arrays arrays = arrays_;
    arrays[name] = bytes;
    return arrays;
  }
  Arrays without(const std::string& name) const {
    Arrays arrays = arrays_;
    arrays.erase(name);
    return arrays;
  }

  testing::TemporaryFolder folder_;
  // 4 nodes, edges 0>1 0>2 2>3, features sparse
  Arrays arrays_{{"adj_indptr", npy<std::int32_t>({0, 2, 2, 3, 3}, {5})},
                 {"adj_indices", npy<std::int32_t>({1, 2, 3}, {3})},
                 {"adj_data", npy<float>({1, 1, 1}, {3})},
                 {"adj_shape", npy<std::int64_t>({4, 4}, {2})},
                 {"attr_indptr", npy<std::int32_t>({0, 2, 2, 3, 4}, {5})},
                 {"attr_indices", npy<std::int32_t>({2, 0, 1, 2}, {4})},
                 {"attr_data", npy<float>({1, 2, 3, 4}, {4})},
                 {"attr_shape", npy<std::int64_t>({4, 3}, {2})},
                 {"labels", npy<std::int64_t>({0, 1, 2, 1}, {4})},
                 {"train", npy<std::int64_t>({3, 0}, {2})},
                 {"valid", npy<std::int64_t>({1}, {1})},
                 {"test", npy<std::int64_t>({2}, {1})}};
};

TEST_F(OwnNpz, SparseMatrices) {
  const Dataset d = converted(arrays_);
  EXPECT_EQ(d.facts.name, "mine");
  EXPECT_EQ(d.facts.num_classes, 3);
  EXPECT_EQ(location().cache, path("mine.weft"));
  const CsrView& csr = d.edges().csr;  // row = target
  EXPECT_EQ(std::vector<EdgeId>(csr.offsets, csr.offsets + 5), (std::vector<EdgeId>{0, 0, 1, 2, 3}));
  EXPECT_EQ(std::vector<NodeId>(csr.cols, csr.cols + 3), (std::vector<NodeId>{0, 0, 2}));
  EXPECT_EQ(d.edges().edge_columns.count("edge_weight"), 0u);
  EXPECT_EQ(values<float>(d.nodes().columns.at("node_feat")),
            (std::vector<float>{2, 0, 1, 0, 0, 0, 0, 3, 0, 0, 0, 4}));
  EXPECT_EQ(values<std::int64_t>(d.nodes().columns.at("node_label")),
            (std::vector<std::int64_t>{0, 1, 2, 1}));
  EXPECT_EQ(values<std::int64_t>(d.split("")[Part::kTrain].at("node")), (std::vector<std::int64_t>{3, 0}));
}

TEST_F(OwnNpz, PlainArraysAndMasks) {
  testing::NpyOptions boolean;
  boolean.descr = "|b1";
  const Dataset d = converted({{"edge_index", npy<std::int64_t>({0, 0, 2, 1, 2, 3}, {2, 3})},
                               {"x", npy<std::uint8_t>({1, 2, 3, 4, 5, 6, 7, 8}, {4, 2})},
                               {"y", npy<std::int32_t>({0, 1, 0, 1}, {4})},
                               {"train_mask", npy<std::uint8_t>({1, 0, 0, 1}, {4}, boolean)},
                               {"val_mask", npy<std::uint8_t>({0, 1, 0, 0}, {4}, boolean)},
                               {"test_mask", npy<std::int64_t>({0, 0, 1, 0}, {4})}});
  EXPECT_EQ(d.edges().csr.num_edges, 3);
  EXPECT_EQ(d.nodes().columns.at("node_feat").dtype, DType::kU8);
  EXPECT_EQ(values<std::int64_t>(d.split("own")[Part::kTrain].at("node")), (std::vector<std::int64_t>{0, 3}));
}

TEST_F(OwnNpz, WeightsAreKeptUnlessAllAreOne) {
  const Dataset d = converted(with("adj_data", npy<float>({1, 0.5f, 1}, {3})));
  EXPECT_EQ(values<float>(d.edges().edge_columns.at("edge_weight")), (std::vector<float>{1, 0.5f, 1}));
}

TEST_F(OwnNpz, WeightsMayBeAnArrayOfTheirOwn) {
  Arrays arrays = with("edge_weight", npy<double>({2, 0.5, 1}, {3}));
  EXPECT_EQ(values<float>(converted(arrays).edges().edge_columns.at("edge_weight")),
            (std::vector<float>{2, 0.5f, 1}));

  arrays["adj_data"] = npy<float>({1, 0.5f, 1}, {3});
  expect_refused(arrays, ErrorCode::kBadData, {"edge_weight: is there beside", "adj_data", "keep one"});
  for (const char* name : {"adj_indptr", "adj_indices", "adj_data", "adj_shape"}) arrays.erase(name);
  arrays["edge_index"] = npy<std::int64_t>({0, 0, 2, 1, 2, 3}, {2, 3});
  EXPECT_EQ(converted(arrays).edges().edge_columns.count("edge_weight"), 1u);
  arrays["edge_weight"] = npy<float>({2, 1}, {2});
  expect_refused(arrays, ErrorCode::kBadData, {"edge_weight: has 2 rows", "3 edges"});
  arrays["edge_weight"] = npy<float>({2, 1, HUGE_VALF}, {3});
  expect_refused(arrays, ErrorCode::kBadData, {"edge_weight: position 2", "inf"});
}

TEST_F(OwnNpz, FeaturesThatAreMostlyZerosStaySparse) {
  constexpr std::int64_t kWidth = 5'000'000;  // 80 MB if they were dense
  const Dataset d = converted(with("attr_shape", npy<std::int64_t>({4, kWidth}, {2})));
  EXPECT_EQ(d.nodes().columns.count("node_feat"), 0u);
  const CsrView features = d.sparse_features().value();
  EXPECT_EQ(features.num_cols, kWidth);
  EXPECT_EQ(std::vector<NodeId>(features.cols, features.cols + 4), (std::vector<NodeId>{0, 2, 1, 2}));
  EXPECT_EQ(std::vector<float>(features.weights, features.weights + 4), (std::vector<float>{2, 1, 3, 4}));
}

TEST_F(OwnNpz, ASplitInAnotherFileIsRemembered) {
  Arrays arrays = without("train"), split;
  for (const char* name : {"valid", "test"}) arrays.erase(name);
  for (const char* name : {"train", "valid", "test"}) split[name] = arrays_.at(name);
  testing::write_bytes(path("split.npz"), bytes_of(split));
  ConvertOptions options;
  options.splits = path("split.npz");
  converted(arrays, options);
  split["train"] = npy<std::int64_t>({0}, {1});
  testing::write_bytes(path("split.npz"), bytes_of(split));
  expect_error_with(ErrorCode::kStale, {"split.npz has another size"}, [&] { open_cache(location()); });
  const Dataset again = open_or_convert(location(), {});
  EXPECT_EQ(again.split("")[Part::kTrain].at("node").count(), 1);
}

TEST_F(OwnNpz, WithoutLabelsItConverts) {
  ConvertOptions options;
  std::string noted;
  options.note = [&](const std::string& line) { noted += line; };
  const Dataset d = converted(without("labels"), options);
  EXPECT_EQ(d.nodes().rows, 4);
  EXPECT_EQ(d.nodes().columns.count("node_label"), 0u);
  EXPECT_EQ(d.facts.num_tasks, 0);
  EXPECT_NE(noted.find("mine.npz: has no labels (labels or y or node_label): the graph can be predicted"),
            std::string::npos)
      << noted;
  expect_refused({{"edge_index", npy<std::int64_t>({0, 1}, {2, 1})}}, ErrorCode::kNotFound,
                 {"has no array with a row per node (labels, features, or adj_indptr); it has edge_index"});
}

TEST_F(OwnNpz, MasksAndIdsAreToldApart) {
  testing::NpyOptions boolean;
  boolean.descr = "|b1";
  const auto train = [&](const std::string& bytes) {
    return values<std::int64_t>(converted(with("train", bytes)).split("")[Part::kTrain].at("node"));
  };
  const std::vector<std::int64_t> wanted{0, 3};
  EXPECT_EQ(train(npy<std::uint8_t>({0, 3}, {2})), wanted) << "bytes may be ids";
  EXPECT_EQ(train(npy<std::uint8_t>({1, 0, 0, 1}, {4})), wanted);
  EXPECT_EQ(train(npy<std::int64_t>({1, 0, 0, 1}, {4})), wanted);
  EXPECT_EQ(train(npy<std::uint8_t>({1, 0, 0, 1}, {4}, boolean)), wanted);
  expect_refused(with("train", npy<std::uint8_t>({1, 0}, {2}, boolean)), ErrorCode::kBadData,
                 {"train: has the shape [2] where [4] is wanted"});
  expect_refused(
      with("train", npy<std::uint8_t>({1, 0, 0, 1, 0, 0, 0, 0}, {4, 2})), ErrorCode::kUnsupported,
      {"mine.npz: train: has the shape [4, 2], 2 splits, where one is read", "train[:, 0] in numpy"});
  expect_refused(with("train", npy<std::uint8_t>({1, 0, 0, 1, 0, 0, 0, 0}, {2, 4})), ErrorCode::kUnsupported,
                 {"train[0] in numpy"});
}

TEST_F(OwnNpz, IdsOfEveryIntegerType) {
  Arrays arrays = without("adj_indptr");
  for (const char* name : {"adj_indices", "adj_data", "adj_shape"}) arrays.erase(name);
  const auto cols = [&](const std::string& bytes) {
    arrays["edge_index"] = bytes;
    const Dataset d = converted(arrays);
    const CsrView csr = d.edges().csr;
    return std::vector<NodeId>(csr.cols, csr.cols + csr.num_edges);
  };
  const std::vector<NodeId> wanted{0, 0, 2};
  EXPECT_EQ(cols(npy<std::uint8_t>({0, 0, 2, 1, 2, 3}, {2, 3})), wanted);
  EXPECT_EQ(cols(npy<std::int32_t>({0, 0, 2, 1, 2, 3}, {2, 3})), wanted);
  EXPECT_EQ(cols(npy<std::int64_t>({0, 0, 2, 1, 2, 3}, {2, 3})), wanted);
  testing::NpyOptions boolean;
  boolean.descr = "|b1";
  arrays["edge_index"] = npy<std::uint8_t>({0, 0, 1, 1, 1, 1}, {2, 3}, boolean);
  expect_refused(arrays, ErrorCode::kBadData, {"edge_index: holds bool where node ids are wanted"});
}

TEST_F(OwnNpz, ValuesAreShownAsTheyStand) {
  expect_refused(with("attr_data", npy<double>({1, 2, 3, 1e300}, {4})), ErrorCode::kBadData,
                 {"attr_data: position 3: 1e+300 where a number within float32's range"});
  expect_refused(with("labels", npy<double>({0, 1, 2, 2147483647}, {4})), ErrorCode::kBadData,
                 {"labels: position 3: 2147483647 is far above the other labels"});
}

TEST_F(OwnNpz, AnEmptyPartIsSaid) {
  ConvertOptions options;
  std::string noted;
  options.note = [&](const std::string& line) { noted += line + "\n"; };
  Arrays arrays = with("valid_mask", npy<std::int64_t>({0, 0, 0, 0}, {4}));
  arrays.erase("valid");
  EXPECT_EQ(converted(arrays, options).split("")[Part::kValid].at("node").count(), 0);
  EXPECT_EQ(noted, path("mine.npz").string() + ": valid is empty\n");
}

TEST_F(OwnNpz, WithoutASplitItConverts) {
  Arrays arrays = without("train");
  for (const char* name : {"valid", "test"}) arrays.erase(name);
  const Dataset d = converted(arrays);
  expect_error_with(ErrorCode::kNotFound, {"mine: has no split", "--splits FILE.npz"}, [&] { d.split(""); });
}

TEST_F(OwnNpz, OtherArraysAreListedAndNotRead) {
  testing::NpyOptions object;
  object.descr = "|O";
  ConvertOptions options;
  std::string noted;
  options.note = [&](const std::string& line) { noted += line; };
  converted(with("class_names", npy<std::int64_t>({1}, {1}, object)), options);
  EXPECT_NE(noted.find("mine.npz: not used: class_names"), std::string::npos) << noted;
}

TEST_F(OwnNpz, AFileWhoseNameIsNotUtf8IsKnownAgain) {
  const fs::path strange = path("mine\xe9\\x41.npz");
  testing::write_bytes(strange, bytes_of(arrays_));
  const Location there = locate(strange.string(), "");
  convert(there, {});
  EXPECT_EQ(open_cache(there).facts.name, "mine\\xe9\\x41");
}

TEST_F(OwnNpz, AChangedFileIsNoticed) {
  converted(arrays_);
  testing::write_bytes(path(), bytes_of(with("labels", npy<std::int64_t>({0, 1, 2, 0}, {4}))));
  expect_error_with(ErrorCode::kStale, {"mine.npz", "weft convert"}, [&] { open_cache(location()); });
  EXPECT_EQ(values<std::int64_t>(open_or_convert(location(), {}).nodes().columns.at("node_label"))[3], 0);
}

TEST_F(OwnNpz, ACacheMadeAnewIsMadeAsItWasAskedFor) {
  ConvertOptions options;
  options.num_classes = 7;
  options.add_inverse_edge = true;
  const EdgeId edges = converted(arrays_, options).edges().csr.num_edges;
  testing::write_bytes(path(), bytes_of(with("labels", npy<std::int64_t>({0, 1, 2, 0}, {4}))));
  const Dataset again = open_or_convert(location(), {});
  EXPECT_EQ(again.facts.num_classes, 7);
  EXPECT_EQ(again.edges().csr.num_edges, edges);
  testing::write_bytes(path(), bytes_of(arrays_));
  options.num_classes = 5;  // what is asked for now comes first
  EXPECT_EQ(open_or_convert(location(), options).facts.num_classes, 5);
}

TEST_F(OwnNpz, TheCacheOfAnotherGraphIsNotTakenForThisOnes) {
  converted(arrays_);
  testing::write_bytes(path("mine.NPZ"), bytes_of(with("labels", npy<std::int64_t>({2, 1, 0, 1}, {4}))));
  const Location other = locate(path("mine.NPZ").string(), "");
  ASSERT_EQ(other.cache, location().cache);
  const std::vector<std::string> wanted{"mine.weft: is the cache of mine.npz, not of mine.NPZ", "rename one",
                                        "WEFT_CACHE"};
  expect_error_with(ErrorCode::kExists, wanted, [&] { open_or_convert(other, {}); });
  expect_error_with(ErrorCode::kExists, wanted, [&] { convert(other, {}); });
  fs::remove(path());  // the cache's own file is gone: it is out of date, and nothing of it is gone on with
  EXPECT_EQ(values<std::int64_t>(open_or_convert(other, {}).nodes().columns.at("node_label"))[0], 2);
}

TEST_F(OwnNpz, AFolderAndAFileInItHaveNoCacheInCommon) {
  const fs::path folder = path("g");
  testing::RawFiles().write(folder);
  testing::write_bytes(folder / "g.npz", bytes_of(arrays_));
  ConvertOptions options;
  options.num_classes = 9;
  const Location file = locate((folder / "g.npz").string(), ""), whole = locate(folder.string(), "");
  ASSERT_EQ(file.cache, whole.cache);
  open_or_convert(file, options);
  expect_error_with(ErrorCode::kExists, {"g.weft: is the cache of g.npz, not of raw/"},
                    [&] { open_or_convert(whole, {}); });
  fs::remove(folder / "g.npz");
  EXPECT_EQ(open_or_convert(whole, {}).facts.num_classes, 3);
  testing::write_bytes(folder / "g.npz", bytes_of(arrays_));
  expect_error_with(ErrorCode::kExists, {"is the cache of raw/edge.csv.gz, not of g.npz"},
                    [&] { open_or_convert(file, {}); });
}

TEST_F(OwnNpz, ALinkLeadsToTheFileThatIsWatched) {
  converted(arrays_);
  fs::create_directory(path("links"));
  fs::create_symlink(path(), path("links") / "other.npz");
  const Location link = locate((path("links") / "other.npz").string(), "");
  EXPECT_EQ(open_or_convert(link, {}).facts.num_classes, 3);
  testing::write_bytes(path(), bytes_of(with("labels", npy<std::int64_t>({0, 1, 2, 0}, {4}))));
  expect_error_with(ErrorCode::kStale, {"mine.npz"}, [&] { open_cache(link); });
}

TEST_F(OwnNpz, AStaleCacheNamedItselfIsMadeAnewFromItsOwnFile) {
  const fs::path folder = path("v");
  testing::RawFiles().write(folder);
  testing::write_bytes(folder / "v.npz", bytes_of(arrays_));
  convert(locate((folder / "v.npz").string(), ""), {});
  testing::write_bytes(folder / "v.npz", bytes_of(with("labels", npy<std::int64_t>({0, 1, 2, 0}, {4}))));
  const Dataset again = open_or_convert(locate((folder / "v.weft").string(), ""), {});
  EXPECT_EQ(again.nodes().rows, 4);  // raw/ has 6
  EXPECT_EQ(values<std::int64_t>(again.nodes().columns.at("node_label"))[3], 0);
}

TEST_F(OwnNpz, AFolderWithoutRawStandsForTheFileOfItsCache) {
  const fs::path folder = path("g");
  fs::create_directory(folder);
  testing::write_bytes(folder / "g.npz", bytes_of(arrays_));
  convert(locate((folder / "g.npz").string(), ""), {});
  testing::write_bytes(folder / "g.npz", bytes_of(with("labels", npy<std::int64_t>({0, 1, 2, 0}, {4}))));
  expect_error_with(ErrorCode::kStale, {"g.npz"}, [&] { open_cache(locate(folder.string(), "")); });
}

TEST_F(OwnNpz, ACacheNamedItselfIsComparedWithTheFileBesideIt) {
  converted(arrays_);
  const Location cache = locate(path("mine.weft").string(), "");
  EXPECT_EQ(open_cache(cache).facts.num_classes, 3);
  testing::write_bytes(path(), bytes_of(with("labels", npy<std::int64_t>({0, 1, 2, 0}, {4}))));
  expect_error_with(ErrorCode::kStale, {"mine.npz"}, [&] { open_cache(cache); });
  fs::remove(path());  // it stands on its own
  EXPECT_EQ(open_cache(cache).facts.num_classes, 3);
}

TEST_F(OwnNpz, TheCacheFolderServesToo) {
  ::setenv("WEFT_CACHE", (folder_.path() / "caches").c_str(), 1);
  converted(arrays_);
  EXPECT_EQ(location().cache.parent_path(), folder_.path() / "caches");
  ::unsetenv("WEFT_CACHE");
}

TEST_F(OwnNpz, WhatIsMissingIsNamed) {
  expect_refused(without("adj_indptr"), ErrorCode::kNotFound,
                 {"mine.npz: has no graph (edge_index, or adj_indptr and adj_indices); it has adj_data",
                  "data/README.md"});
  expect_refused(without("adj_indices"), ErrorCode::kNotFound, {"has no array 'adj_indices'"});
  expect_refused(without("attr_shape"), ErrorCode::kNotFound, {"has no attr_shape"});
  expect_refused(without("valid"), ErrorCode::kNotFound,
                 {"mine.npz: has no array valid or val", "a split has train, valid and test"});
}

TEST_F(OwnNpz, WhatDoesNotFitIsRefused) {
  const auto refused = [&](const char* name, const std::string& bytes,
                           const std::vector<std::string>& parts) {
    expect_refused(with(name, bytes), ErrorCode::kBadData, parts);
  };
  refused("y", npy<std::int64_t>({0, 1, 2, 1}, {4}), {"mine.npz: y: is there beside", "keep one"});
  refused("edge_index", npy<std::int64_t>({0, 1}, {2, 1}), {"edge_index: is there beside adj_indptr"});
  refused("x", npy<float>({0, 1, 2, 3}, {4, 1}), {"x: is there beside attr_indptr"});
  refused("adj_indptr", npy<std::int32_t>({0, 2, 1, 3, 3}, {5}),
          {"adj_indptr: does not rise from 0 to the 3 entries"});
  refused("adj_indptr", npy<std::int32_t>({0, 2, 4, 3, 3}, {5}),
          {"adj_indptr: position 2: 4 where an offset"});
  refused("adj_indptr", npy<std::int32_t>({3}, {1}), {"adj_indptr: has the shape [1] where [rows + 1]"});
  refused("adj_indptr", npy<std::int32_t>({0, 2, 3}, {3}), {"adj_shape: says 4 rows where", "has 2"});
  refused("adj_indices", npy<std::int32_t>({1, 2, 4}, {3}),
          {"adj_indices: position 2: 4 where a node id from 0 to 3"});
  refused("adj_indices", npy<std::int32_t>({1, 2, 3}, {3, 1}),
          {"adj_indices: has the shape [3, 1] where [entries]"});
  refused("adj_data", npy<float>({1, 1}, {2}), {"adj_data: has the shape [2] where [3] is wanted"});
  refused("adj_shape", npy<std::int64_t>({4, 5}, {2}), {"is of a matrix [4, 5] where", "says 4 nodes"});
  refused("attr_shape", npy<std::int64_t>({5, 3}, {2}), {"attr_shape: says 5 rows"});
  refused("attr_indices", npy<std::int32_t>({2, 2, 1, 2}, {4}),
          {"row 0 has column 2 twice; call sum_duplicates()"});
  refused("attr_data", npy<float>({1, 2, 3, NAN}, {4}), {"attr_data: position 3: nan where a finite number"});
  refused("labels", npy<std::int64_t>({0, 1, -2, 1}, {4}),
          {"labels: position 2: -2 is no class", "--unlabelled -2"});
  refused("labels", npy<std::int64_t>({0, 1}, {2}), {"is of a matrix [4, 4] where", "says 2 nodes"});
  refused("train", npy<std::int64_t>({4}, {1}), {"train: position 0: 4 where a node id from 0 to 3"});
  refused("train", npy<std::int64_t>({0, 1}, {2}), {"valid: position 0: node 1 is already in train"});
  refused("train", npy<std::int64_t>({0, 1}, {2, 1}), {"train: has the shape [2, 1] where [ids] or [nodes]"});
  refused("train", npy<std::uint8_t>({0, 1}, {2}), {"valid: position 0: node 1 is already in train"});
  refused("train", npy<std::uint8_t>({0, 0, 0, 2}, {4}), {"train: position 1: node 0 is already in train"});
  refused("train_mask", npy<std::uint8_t>({0, 0, 0, 1}, {4}), {"train_mask: is there beside"});
}

TEST_F(OwnNpz, ASplitFileGoesWithAFile) {
  fs::create_directories(folder_.path() / "folder/raw");
  ConvertOptions options;
  options.splits = path("split.npz");
  expect_error_with(ErrorCode::kInvalidArgument,
                    {"split.npz: a file with a split goes with a graph in a .npz file"},
                    [&] { convert(locate((folder_.path() / "folder").string(), ""), options); });
  expect_refused(arrays_, ErrorCode::kNotFound, {"split.npz: no such file"}, options);
}

struct RealFile {
  const char* name;
  const char* split;
  std::int64_t nodes, edges, features, values;
};

class RealNpz : public ::testing::TestWithParam<RealFile> {};

TEST_P(RealNpz, AgreesWithItsDescription) {
  const RealFile& real = GetParam();
  const char* data = std::getenv("WEFT_TEST_DATA");
  const fs::path folder = fs::path(data != nullptr ? data : std::string(WEFT_SOURCE_DIR) + "/../shared") /
                          "datasets/gnn_benchmark";
  if (!fs::exists(folder / real.name))
    GTEST_SKIP() << "no " << (folder / real.name) << "; real files are not compared";
  testing::TemporaryFolder temporary;
  fs::copy_file(folder / real.name, temporary.path() / real.name);
  const Location location = locate((temporary.path() / real.name).string(), "");
  ConvertOptions options;
  if (*real.split != '\0') options.splits = folder / "splits" / real.split;
  convert(location, options);
  const Dataset d = open_cache(location);
  EXPECT_EQ(d.nodes().rows, real.nodes);
  EXPECT_EQ(d.edges().csr.num_edges, real.edges);
  std::int64_t stored = 0;
  if (const auto sparse = d.sparse_features()) {
    EXPECT_EQ(sparse->num_cols, real.features);
    stored = sparse->num_edges;
  } else {
    const Array& dense = d.nodes().columns.at("node_feat");
    EXPECT_EQ(dense.cols(), real.features);
    for (const float value : dense.as<float>()) stored += value != 0.0f ? 1 : 0;
  }
  EXPECT_EQ(stored, real.values);
  if (*real.split != '\0') {
    EXPECT_EQ(d.split("")[Part::kTrain].at("node").count(), real.nodes * 6 / 10);
  }
}

INSTANTIATE_TEST_SUITE_P(
    GnnBenchmark, RealNpz,
    ::testing::Values(RealFile{"amazon_photo.npz", "amazon-photo_split.npz", 7650, 143663, 745, 1979909},
                      RealFile{"amazon_cs.npz", "amazon-computer_split.npz", 13752, 287209, 767, 3675081},
                      RealFile{"flickr.npz", "", 7575, 479476, 12047, 182517}));

}  // namespace
}  // namespace weft::data
