// The table of datasets, and finding folders and caches by name.
#include "data/registry.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <set>

#include "data/cache/convert.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;
using testing::expect_error_with;

std::int64_t count_of_task(std::string_view task) {
  const auto& all = known_datasets();
  return std::count_if(all.begin(), all.end(), [&](const DatasetSpec& spec) { return spec.task == task; });
}

TEST(Registry, HasOgbsDatasetsAndTheEmbeddedOne) {
  EXPECT_EQ(count_of_task("node"), 5 + 1);
  EXPECT_EQ(count_of_task("link"), 7);
  EXPECT_EQ(count_of_task("graph"), 15);
  std::set<std::string_view> names;
  for (const DatasetSpec& spec : known_datasets()) names.insert(spec.name);
  EXPECT_EQ(names.size(), 28u);
}

TEST(Registry, EveryEntryIsConsistent) {
  const std::set<std::string_view> metrics = {"acc", "rocauc",  "ap",      "rmse",    "F1",
                                              "mrr", "hits@20", "hits@50", "hits@100"};
  for (const DatasetSpec& spec : known_datasets()) {
    SCOPED_TRACE(std::string(spec.name));
    EXPECT_TRUE(metrics.contains(spec.metric));
    EXPECT_FALSE(spec.split.empty());
    EXPECT_EQ(spec.num_tasks == 0, spec.task == "link");
    EXPECT_EQ(spec.metric == "acc", spec.task_type == "multiclass classification");
    if (spec.task_type == "binary classification") {
      EXPECT_EQ(spec.num_classes, 2);
    }
    if (spec.binary) {
      EXPECT_FALSE(spec.add_inverse_edge) << "OGB refuses that pair";
    }
    if (spec.name != "debian") {
      const std::string folder = std::string(spec.task) + "proppred/";
      EXPECT_TRUE(spec.download.starts_with(folder) && spec.download.ends_with(".zip"));
      EXPECT_TRUE(spec.sha256.empty() || spec.sha256.size() == 64);
    }
    // Node and graph splits cover everything where all is labelled, as it is but in these two.
    const std::int64_t sum = spec.split_sizes[0] + spec.split_sizes[1] + spec.split_sizes[2];
    const bool partly_labelled = spec.name == "ogbn-papers100M" || spec.name == "ogbn-mag";
    if (spec.task != "link" && !partly_labelled && sum != 0) {
      EXPECT_EQ(sum, spec.num_nodes);
    }
    if (spec.task == "link" && sum != 0) {
      EXPECT_EQ(sum, spec.num_edges);
    }
  }
}

TEST(Registry, FactsThatRecipesDependOn) {
  const DatasetSpec* arxiv = find_dataset("ogbn-arxiv");
  ASSERT_NE(arxiv, nullptr);
  EXPECT_EQ(arxiv->num_classes, 40);
  EXPECT_EQ(arxiv->split, "time");
  EXPECT_FALSE(arxiv->add_inverse_edge);
  EXPECT_EQ(arxiv->node_files, "node_year");
  EXPECT_TRUE(find_dataset("ogbn-products")->add_inverse_edge);
  EXPECT_EQ(find_dataset("ogbn-proteins")->num_tasks, 112);
  EXPECT_EQ(find_dataset("ogbn-mag")->version, 2);
  EXPECT_EQ(find_dataset("debian")->split, "source");
  EXPECT_EQ(find_dataset("ogbn_arxiv"), nullptr);
}

TEST(Registry, NamesAndFolders) {
  EXPECT_EQ(folder_name("ogbn-papers100M"), "ogbn_papers100M");
  EXPECT_EQ(find_dataset_by_folder("ogbl_ddi")->name, "ogbl-ddi");
  EXPECT_EQ(find_dataset_by_folder("ogbl-ddi"), nullptr);
}

TEST(Registry, ClosestNames) {
  const auto first = [](std::string_view name) { return closest_names(name).front(); };
  EXPECT_EQ(first("ogbn-arxv"), "ogbn-arxiv");
  EXPECT_EQ(first("arxiv"), "ogbn-arxiv");
  EXPECT_EQ(first("OGBN_Products"), "ogbn-products");
  EXPECT_EQ(first("molhiv"), "ogbg-molhiv");
  EXPECT_EQ(first("debain"), "debian");
  for (const char* odd : {"", "x", "a name that is nothing like any of them at all"}) {
    const auto names = closest_names(odd);
    EXPECT_TRUE(!names.empty() && names.size() <= 3) << odd;
  }
}

/// With an environment of its own: nothing set that moves caches or data, a home of its own.
class Locate : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"WEFT_CACHE", "WEFT_DATA", "XDG_CACHE_HOME"}) ::unsetenv(name);
    ::setenv("HOME", home_.path().c_str(), 1);
    testing::RawFiles().write(root() / "ogbn_arxiv");
  }
  const fs::path& root() const { return root_.path(); }

  testing::TemporaryFolder root_, home_;
};

TEST_F(Locate, ByNameUnderTheRoot) {
  const Location at = locate("ogbn-arxiv", root());
  EXPECT_EQ(at.name, "ogbn-arxiv");
  EXPECT_EQ(at.folder, root() / "ogbn_arxiv");
  EXPECT_EQ(at.cache, root() / "ogbn_arxiv" / "ogbn_arxiv.weft");
  testing::RawFiles().write(root() / "mine");
  EXPECT_EQ(locate("mine", root()).name, "mine");
}

TEST_F(Locate, ByPath) {
  EXPECT_EQ(locate((root() / "ogbn_arxiv/").string(), "elsewhere").name, "ogbn-arxiv");
  testing::RawFiles().write(root() / "mine");
  const Location at = locate((root() / "mine").string(), "elsewhere");
  EXPECT_EQ(at.name, "mine");
  EXPECT_EQ(at.cache, root() / "mine" / "mine.weft");
}

TEST_F(Locate, RawMayLieOneFolderDeeper) {
  testing::RawFiles().write(root() / "ogbn_products" / "products");
  const Location at = locate("ogbn-products", root());
  EXPECT_EQ(at.name, "ogbn-products");
  EXPECT_EQ(at.folder, root() / "ogbn_products" / "products");
  EXPECT_EQ(at.cache, root() / "ogbn_products" / "ogbn_products.weft");
}

TEST_F(Locate, OneFolderWithRawIsTakenAndSaidAndOfTwoNone) {
  const fs::path whole = root() / "project";
  testing::RawFiles().write(whole / "mine");
  std::string noted;
  ConvertOptions options;
  options.note = [&](const std::string& line) { noted += line; };
  open_or_convert(locate(whole.string(), ""), options);
  EXPECT_NE(noted.find("project: has no raw/; " + (whole / "mine").string() + " is taken"), std::string::npos)
      << noted;
  testing::RawFiles().write(whole / "other");
  expect_error_with(ErrorCode::kInvalidArgument,
                    {"several folders in it have one", "project/mine", "project/other"},
                    [&] { locate(whole.string(), ""); });
}

TEST_F(Locate, CacheFolders) {
  const auto cache = [&] { return locate("ogbn-arxiv", root()).cache; };
  ::setenv("WEFT_CACHE", (home_.path() / "c").c_str(), 1);
  const fs::path shared = cache();
  EXPECT_EQ(shared.parent_path(), home_.path() / "c");
  EXPECT_TRUE(shared.filename().string().starts_with("ogbn_arxiv-"));
  EXPECT_EQ(shared.extension(), ".weft");
  // Another folder of the same name has another cache; the same folder by another path has the same.
  testing::RawFiles().write(root() / "other" / "ogbn_arxiv");
  EXPECT_NE(locate("ogbn-arxiv", root() / "other").cache, shared);
  EXPECT_EQ(locate((root() / "other/../ogbn_arxiv").string(), "").cache, shared);
}

TEST_F(Locate, TheEmbeddedDatasetIsNeverWrittenBeside) {
  const Location at = locate("debian", root());
  EXPECT_EQ(at.name, "debian");
  EXPECT_TRUE(fs::exists(at.folder / "raw" / "edge.csv.gz")) << at.folder;
  EXPECT_EQ(at.cache.parent_path(), home_.path() / ".cache" / "weft");
  EXPECT_EQ(locate((fs::path(WEFT_SOURCE_DIR) / "data" / "debian").string(), root()).cache, at.cache);
  ::setenv("XDG_CACHE_HOME", root().c_str(), 1);
  EXPECT_EQ(locate("debian", root()).cache.parent_path(), root() / "weft");
}

TEST_F(Locate, TheEmbeddedDatasetCanBeMoved) {
  testing::RawFiles().write(root() / "debian");
  ::setenv("WEFT_DATA", root().c_str(), 1);
  EXPECT_EQ(locate("debian", "").folder, root() / "debian");
  ::setenv("WEFT_DATA", "/nowhere", 1);
  expect_error_with(ErrorCode::kNotFound, {"/nowhere/debian", "WEFT_DATA"}, [&] { locate("debian", ""); });
}

TEST_F(Locate, ACacheFileStandsForItself) {
  testing::write_bytes(root() / "copied.weft", "x");
  const Location at = locate((root() / "copied.weft").string(), "");
  EXPECT_EQ(at.cache, root() / "copied.weft");
  EXPECT_EQ(at.name, "copied");
}

TEST_F(Locate, SaysWhatIsMissing) {
  expect_error_with(ErrorCode::kNotFound, {"no dataset 'ogbn-arxvi'", "ogbn-arxiv", "weft datasets"},
                    [&] { locate("ogbn-arxvi", root()); });
  expect_error_with(ErrorCode::kNotFound,
                    {"ogbn-products: no folder", "ogbn_products", "`weft fetch ogbn-products`", "--root"},
                    [&] { locate("ogbn-products", root()); });
  testing::write_bytes(root() / "ogbn_mag", "x");
  expect_error_with(ErrorCode::kNotFound, {"ogbn-mag: ", "ogbn_mag is no folder; move it away"},
                    [&] { locate("ogbn-mag", root()); });
  expect_error_with(ErrorCode::kNotFound, {"./nowhere: no such folder"},
                    [&] { locate("./nowhere", root()); });
  for (const char* file : {"./nowhere.npz", "./nowhere.NPZ", "./nowhere.weft"})
    expect_error_with(ErrorCode::kNotFound, {std::string(file) + ": no such file"},
                      [&] { locate(file, root()); });
}

TEST_F(Locate, AFileOfAnotherKindIsSaidToBeOne) {
  for (const char* name : {"g.mtx", "edges.tsv", "g.graphml", "no_ending.", "x.npz.bak"}) {
    testing::write_bytes(root() / name, "x");
    expect_error_with(ErrorCode::kUnsupported,
                      {name, ": is a file of a kind that Weft does not read", ".npz"},
                      [&] { locate((root() / name).string(), ""); });
  }
  testing::write_bytes(root() / "UP.NPZ", "x");
  EXPECT_EQ(locate((root() / "UP.NPZ").string(), "").cache, root() / "UP.weft");
}

TEST_F(Locate, WhatOgbRenamedOrWithdrewIsTold) {
  const std::pair<const char*, const char*> former[] = {{"ogbl-citation", "its successor is ogbl-citation2"},
                                                        {"ogbl-citations", "ogbl-citation2"},
                                                        {"ogbl_wikikg", "ogbl-wikikg2"},
                                                        {"ogbl-biomed", "ogbl-biokg"},
                                                        {"ogbg-code", "ogbg-code2"},
                                                        {"OGBG-PPI", "ogbg-ppa"},
                                                        {"ogbn-wiki", "it has no successor"},
                                                        {"ogbl-reviews", "it has no successor"}};
  for (const auto& [name, fate] : former) {
    expect_error_with(ErrorCode::kNotFound, {"OGB no longer has '" + std::string(name) + "'", fate},
                      [&, name = name] { locate(name, root()); });
  }
}

}  // namespace
}  // namespace weft::data
