// Graphs beyond memory: whatever has to wait on disk, the sections are those of the graph sorted in memory.
#include "data/cache/spilled_csr.hpp"

#include <gtest/gtest.h>

#include <random>

#include "data/graph/graph.hpp"
#include "tests/support/files.hpp"

namespace weft::data {
namespace {

struct Edges {
  NodeId num_rows = 0;
  NodeId num_cols = 0;
  std::vector<NodeId> source, target;

  void add(NodeId from, NodeId to) {
    source.push_back(from);
    target.push_back(to);
  }
  /// In pieces of a size that divides nothing.
  EdgeSource stream() const {
    return {static_cast<EdgeId>(source.size()), [this](const EdgeSink& sink) {
              constexpr std::size_t kPiece = 1009;
              for (std::size_t at = 0; at < source.size(); at += kPiece) {
                sink(source.data() + at, target.data() + at,
                     static_cast<std::int64_t>(std::min(kPiece, source.size() - at)));
              }
            }};
  }
};

Edges random_edges(NodeId num_rows, NodeId num_cols, int count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<NodeId> row(0, num_rows - 1), col(0, num_cols - 1);
  Edges edges{num_rows, num_cols, {}, {}};
  for (int e = 0; e < count; ++e) edges.add(col(random), row(random));
  return edges;
}

/// Half of the edges end in one node, and half of those begin in one.
Edges skewed_edges(int count) {
  Edges edges = random_edges(5000, 5000, count, 3);
  for (std::size_t e = 0; e < edges.target.size(); e += 2) edges.target[e] = 4321;
  for (std::size_t e = 0; e < edges.target.size(); e += 4) edges.source[e] = 17;
  return edges;
}

template <class T>
Array array_of(const std::vector<T>& values) {
  return {DTypeOf<T>::value, {static_cast<std::int64_t>(values.size())}, values.data()};
}

class SpilledCsr : public ::testing::Test {
 protected:
  std::string in_memory(const Edges& edges, bool add_inverse) const {
    const auto count = static_cast<std::int64_t>(edges.source.size());
    const HostCsr csr = csr_from_edges({edges.source.data(), count}, {edges.target.data(), count},
                                       edges.num_rows, edges.num_cols, add_inverse, 1);
    StoreWriter store(folder_.path() / "memory", 0);
    store.add("g/offsets", array_of(csr.offsets), Codec::kRaw);
    store.add("g/cols", array_of(csr.cols), Codec::kRaw);
    store.add("g/edge_ids", array_of(csr.edge_ids), Codec::kRaw);
    store.commit();
    return testing::read_bytes(folder_.path() / "memory");
  }

  std::string through_disk(const Edges& edges, bool add_inverse, int threads, std::uint64_t memory) const {
    StoreWriter store(folder_.path() / "disk", 0);
    write_spilled_csr(edges.stream(), edges.num_rows, edges.num_cols,
                      {add_inverse, threads, memory, folder_.path()}, "g/", store);
    EXPECT_EQ(folder_.names(), std::vector<std::string>({"disk.partial", "memory"}))
        << "the spill file has a name";
    store.commit();
    const std::string bytes = testing::read_bytes(folder_.path() / "disk");
    std::filesystem::remove(folder_.path() / "disk");
    return bytes;
  }

  void expect_same(const Edges& edges, bool add_inverse) const {
    const std::string wanted = in_memory(edges, add_inverse);
    for (const std::uint64_t memory : {std::uint64_t{1}, std::uint64_t{1} << 20, std::uint64_t{1} << 30}) {
      for (const int threads : {1, 2, 3}) {
        EXPECT_TRUE(through_disk(edges, add_inverse, threads, memory) == wanted)
            << memory << " bytes, " << threads << " threads";
      }
    }
  }

  testing::TemporaryFolder folder_;
};

TEST_F(SpilledCsr, RandomEdges) { expect_same(random_edges(3000, 3000, 40000, 1), false); }
TEST_F(SpilledCsr, InverseEdges) { expect_same(random_edges(1000, 1000, 20000, 2), true); }
TEST_F(SpilledCsr, MoreRowsThanColumns) { expect_same(random_edges(100000, 7, 10000, 4), false); }
TEST_F(SpilledCsr, MoreColumnsThanRows) { expect_same(random_edges(3, 100000, 30000, 5), false); }
TEST_F(SpilledCsr, OneLongRow) { expect_same(skewed_edges(60000), false); }
TEST_F(SpilledCsr, OneLongRowWithInverseEdges) { expect_same(skewed_edges(30000), true); }

TEST_F(SpilledCsr, OnePairOfNodesOnly) {
  Edges edges{10, 10, {}, {}};
  for (int e = 0; e < 20000; ++e) edges.add(2, 9);
  expect_same(edges, false);
  expect_same(edges, true);
}

TEST_F(SpilledCsr, NoEdgesAndNoRows) {
  expect_same({5, 5, {}, {}}, false);
  expect_same({1, 1, {0, 0}, {0, 0}}, false);
  expect_same({0, 0, {}, {}}, false);
  expect_same({200000, 200000, {199999}, {199999}}, false);
}

TEST_F(SpilledCsr, InverseEdgesNeedASquareGraph) {
  StoreWriter store(folder_.path() / "disk", 0);
  const Edges edges = random_edges(3, 4, 10, 6);
  testing::expect_error(ErrorCode::kInvalidArgument, "need a square graph, not [3, 4]", [&] {
    write_spilled_csr(edges.stream(), 3, 4, {true, 1, 0, folder_.path()}, "g/", store);
  });
}

TEST_F(SpilledCsr, AFolderThatTakesNoFiles) {
  StoreWriter store(folder_.path() / "disk", 0);
  const Edges edges = random_edges(3, 3, 10, 6);
  testing::expect_error_with(
      ErrorCode::kIo, {"nowhere: cannot create a temporary file", "check the folder"}, [&] {
        write_spilled_csr(edges.stream(), 3, 3, {false, 1, 0, folder_.path() / "nowhere"}, "g/", store);
      });
}

TEST_F(SpilledCsr, ABrokenStreamIsReported) {
  StoreWriter store(folder_.path() / "disk", 0);
  const EdgeSource broken{10, [](const EdgeSink&) { fail(ErrorCode::kBadData, "edges: broken"); }};
  testing::expect_error(ErrorCode::kBadData, "edges: broken", [&] {
    write_spilled_csr(broken, 3, 3, {false, 2, 0, folder_.path()}, "g/", store);
  });
}

TEST_F(SpilledCsr, ReservedSectionsMustBeFilled) {
  StoreWriter store(folder_.path() / "disk", 0);
  const std::size_t section = store.reserve("a", DType::kI32, {2});
  const std::int32_t values[3] = {1, 2, 3};
  store.append_to(section, values, 4);
  testing::expect_error(ErrorCode::kInvalidArgument, "section 'a' gets 12 bytes where its shape needs 8",
                        [&] { store.append_to(section, values, 8); });
  testing::expect_error(ErrorCode::kInvalidArgument, "section 'a' has 4 bytes where its shape needs 8",
                        [&] { store.commit(); });
}

}  // namespace
}  // namespace weft::data
