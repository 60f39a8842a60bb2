// Caches whose checksums fit and whose contents do not: nothing that code follows is believed.
#include "data/cache/cache.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "data/cache/convert.hpp"
#include "tests/support/files.hpp"
#include "tests/support/forged_cache.hpp"

namespace weft::data {
namespace {

using testing::expect_error_with;
using testing::ForgedCache;
using Change = std::function<void(ForgedCache&)>;

class Forged : public ::testing::Test {
 protected:
  Location location() const { return {"small", folder_.path(), folder_.path() / "small.weft", "small"}; }
  void write(const ForgedCache& cache) const { testing::write_bytes(location().cache, cache.file()); }

  void opens(ForgedCache cache, const Change& change) const {
    change(cache);
    write(cache);
    verify_cache(location(), open_cache(location()), 1);
  }
  void refused(const std::string& message, const Change& change) const {
    refused(testing::small_cache(), message, change);
  }
  void refused(ForgedCache cache, const std::string& message, const Change& change) const {
    SCOPED_TRACE(message);
    change(cache);
    write(cache);
    expect_error_with(ErrorCode::kBadData, {"small.weft: section ", message, "convert again"},
                      [&] { open_cache(location()); });
  }
  /// What opening leaves to whoever is going to follow it.
  void refused_by_verify(ForgedCache cache, const std::string& message, const Change& change) const {
    SCOPED_TRACE(message);
    change(cache);
    write(cache);
    expect_error_with(ErrorCode::kBadData, {"small.weft: section ", message, "convert again"},
                      [&] { verify_cache(location(), open_cache(location()), 1); });
  }

  testing::TemporaryFolder folder_;
};

constexpr std::int64_t kHuge = std::int64_t{1} << 40;

Change describe(const std::string& from, const std::string& to) {
  return [=](ForgedCache& cache) { cache.describe(from, to); };
}

template <class T>
Change set(const std::string& section, std::size_t index, T value) {
  return [=](ForgedCache& cache) { cache.set<T>(section, index, value); };
}

TEST_F(Forged, HonestOnesOpen) {
  opens(testing::small_cache(), [](ForgedCache&) {});
  opens(testing::small_link_cache(), [](ForgedCache&) {});
}

TEST_F(Forged, IdsOfSplits) {
  for (const std::int64_t id : {std::int64_t{-1}, std::int64_t{4}, kHuge})
    refused("split/own/valid/node names a node or graph that is not there",
            set<std::int64_t>("split/own/valid/node", 0, id));
  refused("split/own/test/node holds no ids", [](ForgedCache& cache) {
    cache.at("split/own/test/node") = testing::section<float>("split/own/test/node", {1}, {1});
  });
  refused("split/own/train/author is of a type", [](ForgedCache& cache) {
    cache.at("split/own/train/node").name = "split/own/train/author";
    cache.describe("\"train\": [\"node\"]", "\"train\": [\"author\"]");
  });
}

TEST_F(Forged, TheGraph) {
  const std::string relation = "relation/node/edge/node/";
  for (const NodeId id : {-1, 4, std::numeric_limits<NodeId>::max()})
    refused(relation + "cols names a node that is not there", set<NodeId>(relation + "cols", 1, id));
  refused(relation + "cols does not ascend", [&](ForgedCache& cache) {
    cache.set<NodeId>(relation + "cols", 0, 3);
    cache.set<NodeId>(relation + "cols", 1, 1);
  });
  opens(testing::small_cache(), set<NodeId>(relation + "cols", 1, 1));  // an edge that repeats
  for (const EdgeId offset : {EdgeId{-1}, EdgeId{1}, kHuge})
    refused(relation + "offsets does not rise", set<EdgeId>(relation + "offsets", 2, offset));
  refused(relation + "offsets has another type or length",
          describe("\"rows\": 4, \"columns\"", "\"rows\": 3, \"columns\""));
  refused("dataset has a relation of other nodes", describe("\"columns\": 4", "\"columns\": 5"));
  refused("dataset has a relation of other nodes", [&](ForgedCache& cache) {
    cache.at(relation + "offsets") = testing::section<EdgeId>(relation + "offsets", {4}, {0, 2, 3, 4});
    cache.describe("\"rows\": 4, \"columns\"", "\"rows\": 3, \"columns\"");
  });
  refused("dataset lacks the table author", [&](ForgedCache& cache) {
    for (const char* array : {"offsets", "cols", "edge_ids", "edge_weight"})
      cache.at(relation + array).name = std::string("relation/author/edge/node/") + array;
    cache.describe("\"source\": \"node\"", "\"source\": \"author\"");
  });
  refused(relation + "edge_weight has another number of rows", [&](ForgedCache& cache) {
    cache.at(relation + "edge_weight") = testing::section<float>(relation + "edge_weight", {3, 1}, {1, 2, 3});
  });
  for (const EdgeId id : {EdgeId{-1}, EdgeId{4}})
    refused(relation + "edge_ids names an edge that is not there", set<EdgeId>(relation + "edge_ids", 0, id));
  refused_by_verify(testing::small_cache(), relation + "edge_ids names", [&](ForgedCache& cache) {
    cache.set<EdgeId>(relation + "edge_ids", 0, 4);
    cache.describe("[\"edge_weight\"]", "[]");
  });
}

TEST_F(Forged, Lengths) {
  for (const char* rows : {"-1", "2147483648", "1099511627776", "18446744073709551615"})
    refused("dataset says rows: ",
            describe("\"rows\": 4, \"arrays\"", std::string("\"rows\": ") + rows + ", \"arrays\""));
  refused("dataset has a number that is not whole",
          describe("\"rows\": 4, \"arrays\"", "\"rows\": 1e300, \"arrays\""));
  refused("dataset has a number that is not whole", describe("\"num_classes\": 3", "\"num_classes\": 3.5"));
  refused("dataset says edges: -1", describe("\"edges\": 4", "\"edges\": -1"));
  refused("table/node/node_label has another number of rows", [](ForgedCache& cache) {
    cache.at("table/node/node_label") =
        testing::section<std::int64_t>("table/node/node_label", {3}, {0, 1, 2});
  });
  refused("table/graph/graph_label has too many columns", [](ForgedCache& cache) {
    cache.at("table/graph/graph_label") = {"table/graph/graph_label", DType::kF32, {0, kHuge}, ""};
    cache.describe("\"graph\": {\"rows\": 2", "\"graph\": {\"rows\": 0");
  });
  refused("dataset has 2147483647 nodes of type author", [](ForgedCache& cache) {
    cache.describe("\"tables\": {", "\"tables\": {\"author\": {\"rows\": 2147483647, \"arrays\": []}, ");
  });
}

TEST_F(Forged, Facts) {
  refused("dataset has a task that there is not", describe("\"task\": \"node\"", "\"task\": \"x\""));
  refused("dataset has -2 classes", describe("\"num_classes\": 3", "\"num_classes\": -2"));
  refused("dataset has 1099511627776 classes",
          describe("\"num_classes\": 3", "\"num_classes\": 1099511627776"));
  refused("dataset has -1 tasks", describe("\"num_tasks\": 1", "\"num_tasks\": -1"));
  refused("dataset has an order of nodes", describe("\"node_order\": \"rcm\"", "\"node_order\": \"x\""));
  refused("dataset cannot be read", describe("\"name\": \"small\"", "\"name\": 7"));
  refused("dataset is no text",
          [](ForgedCache& cache) { cache.at("dataset") = testing::section<float>("dataset", {1}, {1}); });
  refused("sources cannot be read", [](ForgedCache& cache) { cache.set_text("sources", "[{}]"); });
}

TEST_F(Forged, Labels) {
  for (const std::int64_t label : {std::int64_t{-1}, std::int64_t{3}, kHuge + 1})
    refused("table/node/node_label holds a label that is no class",
            set<std::int64_t>("table/node/node_label", 2, label));
  ForgedCache graphs = testing::small_cache();
  graphs.describe("\"task\": \"node\"", "\"task\": \"graph\"");
  for (const float label : {0.5f, -1.0f, 3.0f, 1e30f})
    refused(graphs, "table/graph/graph_label holds a label that is no class",
            set<float>("table/graph/graph_label", 1, label));
  opens(graphs, set<float>("table/graph/graph_label", 1, std::numeric_limits<float>::quiet_NaN()));
}

TEST_F(Forged, GraphsAndTokens) {
  refused("array/graph_offsets does not rise", set<std::int64_t>("array/graph_offsets", 1, 5));
  refused("array/graph_offsets has another type or length",
          describe("\"graph\": {\"rows\": 2, \"arrays\": [\"graph_label\"]}",
                   "\"graph\": {\"rows\": 1, \"arrays\": []}"));
  refused("array/label_offsets does not rise", set<std::int64_t>("array/label_offsets", 2, 4));
  for (const std::int32_t token : {-1, 2})
    refused("array/label_tokens holds a value out of range",
            set<std::int32_t>("array/label_tokens", 0, token));
  refused("array/label_vocabulary ends inside a word", set<std::uint8_t>("array/label_vocabulary", 3, 'b'));
}

TEST_F(Forged, SparseFeatures) {
  for (const NodeId column : {-1, 7})
    refused("array/node_feat_columns holds a value out of range",
            set<NodeId>("array/node_feat_columns", 0, column));
  for (const char* columns : {"0", "-1", "4294967296"})
    refused("columns of sparse features",
            describe("\"sparse_columns\": 7", std::string("\"sparse_columns\": ") + columns));
  refused("array/node_feat_offsets does not rise", set<std::int64_t>("array/node_feat_offsets", 1, 3));
  refused("dataset has 7 columns of sparse features",
          describe("\"node_feat_offsets\",\n", ""));  // whose width would be taken for that of dense ones
}

TEST_F(Forged, LinkSplits) {
  const auto links = testing::small_link_cache();
  for (const std::int64_t id : {std::int64_t{-1}, std::int64_t{4}, kHuge}) {
    refused_by_verify(links,
                      "split/links/valid/edge: row 1, column 0: " + std::to_string(id) + " is out of range",
                      set<std::int64_t>("split/links/valid/edge", 2, id));
    refused_by_verify(links, "split/links/test/edge_neg: row 0, column 1",
                      set<std::int64_t>("split/links/test/edge_neg", 1, id));
  }
  refused_by_verify(links, "split/links/train/edge has another shape",
                    [](ForgedCache& cache) { cache.at("split/links/train/edge").shape = {4}; });
  refused_by_verify(links, "split/links/train/edge holds no ids",
                    [](ForgedCache& cache) { cache.at("split/links/train/edge").dtype = DType::kF64; });
  refused_by_verify(links, "split/links/train/edges has a name", [](ForgedCache& cache) {
    cache.at("split/links/train/edge_neg").name = "split/links/train/edges";
    cache.describe("\"edge_neg\"", "\"edges\"");
  });
}

}  // namespace
}  // namespace weft::data
