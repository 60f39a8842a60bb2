// Every function against the naive thing said with maps and sets, on small graphs full of self-loops,
// repeated edges and isolated nodes, at several thread counts.
#include "data/graph/graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "data/graph/row_buckets.hpp"
#include "tests/support/files.hpp"

namespace weft::data {
namespace {

using Row = std::vector<std::pair<NodeId, EdgeId>>;  // (column, edge id)

struct Edges {
  NodeId num_nodes = 0;
  std::vector<NodeId> source;
  std::vector<NodeId> target;

  Vec<const NodeId> sources() const { return {source.data(), static_cast<std::int64_t>(source.size())}; }
  Vec<const NodeId> targets() const { return {target.data(), static_cast<std::int64_t>(target.size())}; }
};

/// Few distinct ids among `num_nodes`, so that loops, repeats and isolated nodes are common.
Edges random_edges(std::mt19937& random, NodeId num_nodes, int num_edges) {
  Edges edges{num_nodes, {}, {}};
  if (num_nodes == 0) return edges;
  std::uniform_int_distribution<NodeId> any(0, num_nodes - 1);
  const NodeId hub = any(random);
  for (int e = 0; e < num_edges; ++e) {
    const NodeId source = any(random);
    edges.source.push_back(source);
    edges.target.push_back(e % 5 == 0 ? source : e % 3 == 0 ? hub : any(random));
  }
  return edges;
}

HostCsr build(const Edges& edges, bool add_inverse, int threads) {
  return csr_from_edges(edges.sources(), edges.targets(), edges.num_nodes, edges.num_nodes, add_inverse,
                        threads);
}

std::vector<Row> naive_rows(const Edges& edges, bool add_inverse) {
  std::vector<Row> rows(static_cast<std::size_t>(edges.num_nodes));
  EdgeId id = 0;
  for (std::size_t k = 0; k < edges.source.size(); ++k) {
    rows[static_cast<std::size_t>(edges.target[k])].emplace_back(edges.source[k], id++);
    if (add_inverse) rows[static_cast<std::size_t>(edges.source[k])].emplace_back(edges.target[k], id++);
  }
  for (Row& row : rows) std::sort(row.begin(), row.end());  // ids ascend, so this is the stable order
  return rows;
}

/// Checks the shape of the CSR and hands out its rows; without edge ids the id is the position.
std::vector<Row> rows_of(const HostCsr& csr) {
  const CsrView a = csr.view();
  EXPECT_EQ(csr.offsets.size(), static_cast<std::size_t>(a.num_rows) + 1);
  EXPECT_EQ(a.offsets[0], 0);
  EXPECT_EQ(a.offsets[a.num_rows], a.num_edges);
  std::vector<Row> rows(static_cast<std::size_t>(a.num_rows));
  for (NodeId r = 0; r < a.num_rows; ++r) {
    for (EdgeId e = a.offsets[r]; e < a.offsets[r + 1]; ++e) {
      EXPECT_GE(a.cols[e], 0);
      EXPECT_LT(a.cols[e], a.num_cols);
      rows[static_cast<std::size_t>(r)].emplace_back(a.cols[e], a.edge_ids != nullptr ? a.edge_ids[e] : e);
    }
  }
  return rows;
}

std::vector<std::vector<NodeId>> columns_of(const HostCsr& csr) {
  std::vector<std::vector<NodeId>> columns;
  for (const Row& row : rows_of(csr)) {
    columns.emplace_back();
    for (const auto& [col, id] : row) columns.back().push_back(col);
  }
  return columns;
}

class GraphProperty : public ::testing::TestWithParam<int> {
 protected:
  int threads() const { return GetParam(); }

  /// Calls check(edges) for graphs from nothing to some thousands of edges.
  template <class Check>
  void for_graphs(const Check& check) const {
    constexpr unsigned kSeed = 20240607;
    std::mt19937 random(kSeed);
    for (const NodeId nodes : {0, 1, 2, 17, 1023, 1024, 5000}) {
      for (const int num_edges : {0, 1, 40, 6000}) {
        SCOPED_TRACE(::testing::Message() << nodes << " nodes, " << num_edges << " edges, seed " << kSeed);
        check(random_edges(random, nodes, num_edges));
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Threads, GraphProperty, ::testing::Values(1, 2, 3, 7));

TEST_P(GraphProperty, CsrFromEdges) {
  for_graphs([&](const Edges& edges) {
    EXPECT_EQ(rows_of(build(edges, false, threads())), naive_rows(edges, false));
    EXPECT_EQ(rows_of(build(edges, true, threads())), naive_rows(edges, true));
  });
}

TEST_P(GraphProperty, Transpose) {
  for_graphs([&](const Edges& edges) {
    const HostCsr a = build(edges, false, threads());
    std::vector<Row> expected(static_cast<std::size_t>(edges.num_nodes));
    const std::vector<Row> rows = rows_of(a);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (const auto& [col, id] : rows[r]) {
        expected[static_cast<std::size_t>(col)].emplace_back(static_cast<NodeId>(r), id);
      }
    }
    const HostCsr b = transpose(a.view(), threads());
    EXPECT_EQ(rows_of(b), expected);
    EXPECT_EQ(rows_of(transpose(b.view(), threads())), rows);
  });
}

TEST_P(GraphProperty, Symmetrize) {
  for_graphs([&](const Edges& edges) {
    std::vector<std::set<NodeId>> sets(static_cast<std::size_t>(edges.num_nodes));
    for (std::size_t k = 0; k < edges.source.size(); ++k) {
      sets[static_cast<std::size_t>(edges.target[k])].insert(edges.source[k]);
      sets[static_cast<std::size_t>(edges.source[k])].insert(edges.target[k]);
    }
    std::vector<std::vector<NodeId>> expected;
    for (const auto& set : sets) expected.emplace_back(set.begin(), set.end());
    const HostCsr symmetric = symmetrize(build(edges, false, threads()).view(), threads());
    EXPECT_EQ(columns_of(symmetric), expected);
    EXPECT_TRUE(symmetric.edge_ids.empty());
    EXPECT_TRUE(is_symmetric(symmetric.view(), threads()));
  });
}

TEST_P(GraphProperty, SymmetricFromEdges) {
  const auto check = [&](const Edges& edges) {
    const HostCsr expected = symmetrize(build(edges, false, 1).view(), 1);
    const HostCsr symmetric =
        symmetric_from_edges(edges.sources(), edges.targets(), edges.num_nodes, threads());
    EXPECT_EQ(symmetric.num_rows, edges.num_nodes);
    EXPECT_EQ(symmetric.num_cols, edges.num_nodes);
    EXPECT_EQ(symmetric.offsets, expected.offsets);
    EXPECT_EQ(symmetric.cols, expected.cols);
    EXPECT_TRUE(symmetric.edge_ids.empty());
  };
  for_graphs(check);
  for_graphs([&](const Edges& edges) {  // every edge in both directions, as `weft synth` writes them
    Edges both = edges;
    both.source.insert(both.source.end(), edges.target.begin(), edges.target.end());
    both.target.insert(both.target.end(), edges.source.begin(), edges.source.end());
    check(both);
  });
}

TEST(Graph, BucketsHoldEveryRowAndNoMoreThanTheyMay) {
  for (const NodeId rows : {0, 1, 1'023, 1'024, 100'000'000, std::numeric_limits<NodeId>::max()}) {
    for (const int most_shift : {16, 31}) {
      const RowBuckets buckets(rows, most_shift);
      EXPECT_LE(buckets.shift, most_shift);
      EXPECT_GE(buckets.first_row(buckets.count), rows);
      EXPECT_LT(buckets.of(rows), buckets.count);
      if (most_shift == 31) {
        EXPECT_LE(buckets.count, 1024);
      }
    }
  }
}

TEST_P(GraphProperty, WithSelfLoops) {
  for_graphs([&](const Edges& edges) {
    const HostCsr a = build(edges, true, threads());
    std::vector<std::vector<NodeId>> expected = columns_of(a);
    for (std::size_t r = 0; r < expected.size(); ++r) {
      std::erase(expected[r], static_cast<NodeId>(r));
      expected[r].push_back(static_cast<NodeId>(r));
      std::sort(expected[r].begin(), expected[r].end());
    }
    EXPECT_EQ(columns_of(with_self_loops(a.view(), threads())), expected);
  });
}

TEST_P(GraphProperty, SelectRowsOfARectangle) {
  for_graphs([&](const Edges& edges) {
    const HostCsr a = build(edges, false, threads());
    std::vector<NodeId> wanted;
    for (NodeId r = edges.num_nodes - 1; r >= 0; r -= 3) wanted.insert(wanted.end(), {r, r});
    const Vec<const NodeId> rows{wanted.data(), static_cast<std::int64_t>(wanted.size())};
    const HostCsr selected = select_rows(a.view(), rows, threads());
    const auto columns = columns_of(a);
    std::vector<std::vector<NodeId>> expected;
    for (const NodeId r : wanted) expected.push_back(columns[static_cast<std::size_t>(r)]);
    EXPECT_EQ(columns_of(selected), expected);
    EXPECT_EQ(selected.num_cols, edges.num_nodes);

    const HostCsr turned = transpose(selected.view(), threads());  // [num_nodes, wanted]
    EXPECT_EQ(turned.num_rows, edges.num_nodes);
    EXPECT_EQ(columns_of(transpose(turned.view(), threads())), expected);
    EXPECT_EQ(row_counts(turned.view()), column_counts(selected.view(), threads()));
  });
}

TEST_P(GraphProperty, CountsAndSymmetry) {
  for_graphs([&](const Edges& edges) {
    std::vector<EdgeId> in(static_cast<std::size_t>(edges.num_nodes), 0);
    std::vector<EdgeId> out = in;
    std::map<std::pair<NodeId, NodeId>, int> balance;  // edges u -> v less edges v -> u
    for (std::size_t k = 0; k < edges.source.size(); ++k) {
      ++in[static_cast<std::size_t>(edges.target[k])];
      ++out[static_cast<std::size_t>(edges.source[k])];
      ++balance[{edges.source[k], edges.target[k]}];
      --balance[{edges.target[k], edges.source[k]}];
    }
    const HostCsr a = build(edges, false, threads());
    EXPECT_EQ(row_counts(a.view()), in);
    EXPECT_EQ(column_counts(a.view(), threads()), out);
    const bool symmetric =
        std::all_of(balance.begin(), balance.end(), [](const auto& b) { return b.second == 0; });
    EXPECT_EQ(is_symmetric(a.view(), threads()), symmetric);
    EXPECT_TRUE(is_symmetric(build(edges, true, threads()).view(), threads()));
  });
}

TEST(Graph, SymmetryCountsRepeatedEdges) {
  const Edges edges{2, {0, 0, 1}, {1, 1, 0}};
  EXPECT_FALSE(is_symmetric(build(edges, false, 1).view(), 1));
  EXPECT_TRUE(is_symmetric(symmetrize(build(edges, false, 1).view(), 1).view(), 1));
}

TEST(Graph, WeightsThatAddUpToMoreThanAFloatAreRefusedByTheirEdge) {
  const Edges edges{3, {0, 2}, {2, 0}};
  HostCsr a = build(edges, false, 1);
  a.weights = {3e38f, 3e38f};
  testing::expect_error(ErrorCode::kInvalidArgument,
                        "edge (2, 0), of its repeats and its reverse add up to 6e+38",
                        [&] { symmetrize(a.view(), 1); });
}

TEST(Graph, RefusesWhatIsNotSquareOrNotThere) {
  const Edges edges{3, {0, 1}, {1, 2}};
  const HostCsr a = build(edges, false, 1);
  const std::vector<NodeId> two{0, 1};
  const HostCsr wide = select_rows(a.view(), {two.data(), 2}, 1);
  testing::expect_error(ErrorCode::kInvalidArgument, "[2, 3]", [&] { symmetrize(wide.view(), 1); });
  testing::expect_error(ErrorCode::kInvalidArgument, "[2, 3]", [&] { with_self_loops(wide.view(), 1); });
  EXPECT_FALSE(is_symmetric(wide.view(), 1));
  const std::vector<NodeId> beyond{0, 3};
  testing::expect_error(ErrorCode::kInvalidArgument, "row 3 (at 1) of 3", [&] {
    select_rows(a.view(), {beyond.data(), 2}, 1);
  });
  const Vec<const NodeId> one{edges.target.data(), 1};
  testing::expect_error(ErrorCode::kInvalidArgument, "2 sources but 1 targets",
                        [&] { csr_from_edges(edges.sources(), one, 3, 3, false, 1); });
  testing::expect_error(ErrorCode::kInvalidArgument, "2 sources but 1 targets",
                        [&] { symmetric_from_edges(edges.sources(), one, 3, 1); });
  testing::expect_error(ErrorCode::kInvalidArgument, "no nodes",
                        [&] { symmetric_from_edges(edges.sources(), edges.targets(), 0, 1); });
  testing::expect_error(ErrorCode::kInvalidArgument, "no nodes",
                        [&] { csr_from_edges(edges.sources(), edges.targets(), 0, 0, false, 1); });
}

}  // namespace
}  // namespace weft::data
