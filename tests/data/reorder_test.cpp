// Caches whose nodes were reordered hold the same dataset: by original ids, nothing differs.
#include "data/cache/reorder.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "data/cache/cache.hpp"
#include "tests/support/converted.hpp"
#include "tests/support/npy_bytes.hpp"
#include "tests/support/small_dataset.hpp"

namespace weft::data {
namespace {

using testing::expect_error_with;

/// Bytes of every node's row of an array, by original id.
std::vector<std::string> rows_by_id(const Dataset& d, const Array& array) {
  const std::size_t width = static_cast<std::size_t>(array.cols()) * dtype_bytes(array.dtype);
  std::vector<std::string> rows(static_cast<std::size_t>(array.rows()));
  for (std::int64_t row = 0; row < array.rows(); ++row) {
    const char* first = static_cast<const char*>(array.data) + width * static_cast<std::size_t>(row);
    rows[static_cast<std::size_t>(d.original_id(row))] = std::string(first, width);
  }
  return rows;
}

/// (source, target, id) of every edge, by original ids.
std::set<std::tuple<std::int64_t, std::int64_t, EdgeId>> edges_by_id(const Dataset& d) {
  std::set<std::tuple<std::int64_t, std::int64_t, EdgeId>> edges;
  const CsrView& csr = d.edges().csr;
  for (NodeId row = 0; row < csr.num_rows; ++row) {
    for (EdgeId e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e)
      edges.emplace(d.original_id(csr.cols[e]), d.original_id(row), csr.edge_ids[e]);
  }
  return edges;
}

std::vector<std::int64_t> ids_in(const Dataset& d, Part part) {
  std::vector<std::int64_t> ids;
  for (const std::int64_t row : d.split("")[part].at(kNodeType).as<std::int64_t>())
    ids.push_back(d.original_id(row));
  return ids;
}

void expect_same(const Dataset& d, const Dataset& plain) {
  EXPECT_EQ(edges_by_id(d), edges_by_id(plain));
  ASSERT_EQ(d.nodes().columns.size(), plain.nodes().columns.size());
  for (const auto& [name, array] : plain.nodes().columns)
    EXPECT_EQ(rows_by_id(d, d.nodes().columns.at(name)), rows_by_id(plain, array)) << name;
  for (const Part part : kParts) EXPECT_EQ(ids_in(d, part), ids_in(plain, part)) << part_name(part);
  const CsrView& csr = d.edges().csr;
  for (NodeId row = 0; row < csr.num_rows; ++row)
    EXPECT_TRUE(std::is_sorted(csr.cols + csr.offsets[row], csr.cols + csr.offsets[row + 1]));
}

class Reorder : public testing::ConvertedFiles {
 protected:
  Reorder() { files_ = testing::small_dataset({60, 3, 4}); }

  static ConvertOptions with(NodeOrder order, int threads = 1) {
    ConvertOptions options;
    options.reorder = order;
    options.threads = threads;
    return options;
  }
  Dataset converted_in(NodeOrder order) {
    convert(location(), with(order));
    return open_cache(location());
  }
  std::string cache_bytes() const { return testing::read_bytes(location().cache); }
};

TEST_F(Reorder, EveryOrderHoldsTheSameDataset) {
  files_.text["raw/edge_weight.csv.gz"] = files_.text.at("raw/edge.csv.gz");  // two columns: as good as any
  files_.write(folder());
  const Dataset plain = converted_in(NodeOrder::kNone);
  EXPECT_EQ(plain.facts.node_order, "none");
  EXPECT_TRUE(plain.node_order().empty());
  for (const NodeOrder how : {NodeOrder::kDegree, NodeOrder::kRcm, NodeOrder::kCommunity}) {
    SCOPED_TRACE(node_order_name(how));
    const Dataset d = converted_in(how);
    EXPECT_EQ(d.facts.node_order, node_order_name(how));
    std::vector<NodeId> order(d.node_order().begin(), d.node_order().end());
    EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
    std::sort(order.begin(), order.end());
    for (NodeId id = 0; id < 60; ++id) EXPECT_EQ(order[static_cast<std::size_t>(id)], id);
    expect_same(d, plain);
    EXPECT_EQ(values<std::int64_t>(d.edges().edge_columns.at("edge_weight")),
              values<std::int64_t>(plain.edges().edge_columns.at("edge_weight")));
  }
}

TEST_F(Reorder, InverseEdgesKeepTheirIds) {
  files_.write(folder());
  ConvertOptions options = with(NodeOrder::kNone);
  options.add_inverse_edge = true;
  convert(location(), options);
  const Dataset plain = open_cache(location());
  options.reorder = NodeOrder::kRcm;
  convert(location(), options);
  expect_same(open_cache(location()), plain);
}

TEST_F(Reorder, SameBytesAtAnyThreadCount) {
  files_.write(folder());
  for (const NodeOrder how : kNodeOrders) {
    convert(location(), with(how));
    const std::string one = cache_bytes();
    for (const int threads : {2, 5}) {
      convert(location(), with(how, threads));
      EXPECT_EQ(cache_bytes(), one) << node_order_name(how) << ", " << threads << " threads";
    }
  }
}

TEST_F(Reorder, AnotherOrderReplacesTheCacheAsIfItWereTheFirst) {
  files_.write(folder());
  convert(location(), with(NodeOrder::kRcm));
  const std::string rcm = cache_bytes();
  convert(location(), with(NodeOrder::kCommunity));
  EXPECT_NE(cache_bytes(), rcm);
  convert(location(), with(NodeOrder::kRcm));
  EXPECT_EQ(cache_bytes(), rcm);
}

TEST_F(Reorder, AStaleCacheIsMadeAgainInItsOrder) {
  files_.write(folder());
  convert(location(), with(NodeOrder::kDegree));
  std::string& labels = files_.text["raw/node-label.csv.gz"];
  labels[0] = labels[0] == '0' ? '1' : '0';
  files_.write(folder());
  expect_error_with(ErrorCode::kStale, {"is out of date"}, [&] { open_cache(location()); });
  EXPECT_EQ(open_or_convert(location(), {}).facts.node_order, "degree");
}

TEST_F(Reorder, ASmallGraphIsLeftAsItIs) { EXPECT_EQ(converted().facts.node_order, "none"); }

TEST_F(Reorder, SparseFeaturesGoAlong) {
  using testing::npy;
  constexpr std::int64_t kWidth = 5'000'000;  // 80 MB if they were dense
  const std::filesystem::path file = temporary_.path() / "own.npz";
  testing::write_bytes(file, testing::npz({{"edge_index", npy<std::int64_t>({0, 0, 2, 1, 2, 3}, {2, 3})},
                                           {"attr_indptr", npy<std::int32_t>({0, 2, 2, 3, 4}, {5})},
                                           {"attr_indices", npy<std::int32_t>({0, 2, 1, 2}, {4})},
                                           {"attr_data", npy<float>({1, 2, 3, 4}, {4})},
                                           {"attr_shape", npy<std::int64_t>({4, kWidth}, {2})},
                                           {"labels", npy<std::int64_t>({0, 1, 2, 1}, {4})}},
                                          true));
  const Location at = locate(file.string(), "");
  convert(at, with(NodeOrder::kDegree));  // degrees 2 1 2 1: nodes 0 2 1 3
  const Dataset d = open_cache(at);
  EXPECT_EQ(std::vector<NodeId>(d.node_order().begin(), d.node_order().end()),
            (std::vector<NodeId>{0, 2, 1, 3}));
  const CsrView features = d.sparse_features().value();
  EXPECT_EQ(std::vector<EdgeId>(features.offsets, features.offsets + 5),
            (std::vector<EdgeId>{0, 2, 3, 3, 4}));
  EXPECT_EQ(std::vector<NodeId>(features.cols, features.cols + 4), (std::vector<NodeId>{0, 2, 1, 2}));
  EXPECT_EQ(std::vector<float>(features.weights, features.weights + 4), (std::vector<float>{1, 2, 3, 4}));
}

TEST_F(Reorder, IsRefusedWhereThereIsNoOneGraph) {
  RawDataset raw;
  raw.facts.task = "link";
  raw.tables[kNodeType].rows = 3;
  raw.relations.resize(1);
  const auto why = [&](std::uint64_t memory = kGraphMemory) {
    return why_not_reordered(raw, {NodeOrder::kRcm, 1, memory});
  };
  EXPECT_NE(why().find("is of task 'link'"), std::string::npos) << why();
  raw.facts.task = "graph";
  EXPECT_NE(why().find("is of task 'graph'"), std::string::npos) << why();
  raw.facts.task = "node";
  EXPECT_EQ(why(), "");
  raw.relations.resize(2);
  EXPECT_NE(why().find("1 node types and 2 relations"), std::string::npos) << why();
  raw.relations.resize(1);
  raw.relations.front().edges.count = 200'000'000;
  EXPECT_NE(why().find("--memory 5"), std::string::npos) << why();
  EXPECT_EQ(why(std::uint64_t{5'000'000'000}), "");
  // Rows of a column are picked from memory, beside the edges.
  raw.tables.begin()->second.columns.push_back({"wide", DType::kF32, {3, 500'000'000}, Codec::kRaw, {}});
  EXPECT_NE(why(std::uint64_t{5'000'000'000}).find("--memory 8"), std::string::npos);
  EXPECT_EQ(why(std::uint64_t{8'000'000'000}), "");
}

TEST_F(Reorder, OgbnProductsIsReorderedByDefault) {
  RawDataset raw;
  raw.facts.task = "node";
  raw.tables[kNodeType].rows = 2'449'029;
  raw.tables[kNodeType].columns.push_back({"node_feat", DType::kF32, {2'449'029, 100}, Codec::kRaw, {}});
  raw.relations.resize(1);
  raw.relations.front().edges.count = 123'718'280;  // both directions in the file: `weft synth --raw`
  EXPECT_EQ(default_order(raw, {}), NodeOrder::kCommunity);
}

TEST_F(Reorder, EdgesThatWaitOnDiskComeOutTheSame) {
  std::string& text = files_.text.at("raw/edge.csv.gz");
  text = text + text + text + text;
  const auto edges = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  files_.text["raw/num-edge-list.csv.gz"] = std::to_string(edges) + "\n";
  files_.write(folder());
  ConvertOptions options = with(NodeOrder::kRcm);
  options.add_inverse_edge = true;
  convert(location(), options);
  const std::string sorted_in_memory = cache_bytes();
  options.memory_bytes = 24 * edges + 80 * 60;        // as much as the order needs,
  ASSERT_LT(options.memory_bytes, (8 + 40) * edges);  // and less than the graph with inverse edges
  convert(location(), options);
  EXPECT_EQ(cache_bytes(), sorted_in_memory);
}

TEST_F(Reorder, ARefusalLeavesTheCacheThatWasThere) {
  files_.write(folder());
  convert(location(), with(NodeOrder::kNone));
  const std::string before = cache_bytes();
  ConvertOptions options = with(NodeOrder::kRcm);
  options.memory_bytes = 1000;
  expect_error_with(ErrorCode::kUnsupported,
                    {"mine: takes about 1 GB", "--memory 1", "leave --reorder rcm out"},
                    [&] { convert(location(), options); });
  EXPECT_EQ(cache_bytes(), before);
}

/// Copies a cache, with `change` made to its description and `order` in place of its node order.
void rewrite(const std::filesystem::path& cache, const std::pair<std::string, std::string>& change,
             std::optional<std::vector<NodeId>> order = {}) {
  const std::shared_ptr<Store> store = Store::open(cache);
  const Dataset d = cache::read_dataset(store, cache.string());
  const std::filesystem::path copy = cache.string() + ".copy";
  StoreWriter writer(copy, 1 << 20);
  for (const std::string& name : store->names()) {
    Array array = store->array(name);
    std::string text;
    if (name == cache::kDataset) {
      text = store->text(name);
      const auto at = text.find(change.first);
      ASSERT_NE(at, std::string::npos);
      text.replace(at, change.first.size(), change.second);
      writer.add_text(name, text);
      continue;
    }
    if (order && name == cache::array_section(kNodeOrder)) array.data = order->data();
    writer.add(name, array, Codec::kRaw);
  }
  writer.commit();
  std::filesystem::rename(copy, cache);
}

TEST_F(Reorder, ACacheOfBeforeThereWereOrdersOpens) {
  files_.write(folder());
  convert(location(), with(NodeOrder::kNone));
  rewrite(location().cache, {"\"version\":3", "\"version\":2"});
  EXPECT_EQ(open_cache(location()).facts.node_order, "none");
}

TEST_F(Reorder, AnOrderThatIsNoneIsADamagedCache) {
  files_.write(folder());
  const auto refused = [&](const std::pair<std::string, std::string>& change, const char* problem,
                           std::optional<std::vector<NodeId>> order = {}) {
    convert(location(), with(NodeOrder::kDegree));
    rewrite(location().cache, change, std::move(order));
    expect_error_with(ErrorCode::kBadData,
                      {"mine.weft", "section array/node_order", problem, "convert again"},
                      [&] { open_cache(location()); });
  };
  const std::pair<std::string, std::string> nothing{"\"version\":3", "\"version\":3"};
  std::vector<NodeId> twice(60, 1), outside(60);
  for (NodeId id = 0; id < 60; ++id) outside[static_cast<std::size_t>(id)] = id + 1;
  refused(nothing, "is no permutation", twice);
  refused(nothing, "is no permutation", outside);
  refused({"\"node_order\":\"degree\"", "\"node_order\":\"none\""}, "has no name");
  refused({"[\"node_order\"]", "[]"}, "is missing");
}

}  // namespace
}  // namespace weft::data
