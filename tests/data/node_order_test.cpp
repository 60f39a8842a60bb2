// Orders of nodes: permutations always, and what each promises on graphs whose best order is known.
#include "data/graph/node_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "data/graph/graph.hpp"
#include "tests/support/files.hpp"

namespace weft::data {
namespace {

using Pairs = std::vector<std::pair<NodeId, NodeId>>;

/// Both directions of every pair, with node v called name[v].
HostCsr graph_of(const Pairs& pairs, const std::vector<NodeId>& name) {
  std::vector<NodeId> source, target;
  for (const auto& [a, b] : pairs) {
    source.push_back(name[static_cast<std::size_t>(a)]);
    target.push_back(name[static_cast<std::size_t>(b)]);
  }
  const auto count = static_cast<std::int64_t>(pairs.size());
  const auto n = static_cast<NodeId>(name.size());
  return symmetric_from_edges({source.data(), count}, {target.data(), count}, n, 1);
}

std::vector<NodeId> counted(NodeId n) {
  std::vector<NodeId> ids(static_cast<std::size_t>(n));
  std::iota(ids.begin(), ids.end(), NodeId{0});
  return ids;
}

std::vector<NodeId> shuffled(NodeId n, unsigned seed) {
  std::vector<NodeId> ids = counted(n);
  std::mt19937 random(seed);
  std::shuffle(ids.begin(), ids.end(), random);
  return ids;
}

Pairs path(NodeId n) {
  Pairs pairs;
  for (NodeId v = 0; v + 1 < n; ++v) pairs.emplace_back(v, v + 1);
  return pairs;
}

/// `count` cliques of `size` nodes, each with one edge to the next.
Pairs ring_of_cliques(NodeId count, NodeId size) {
  Pairs pairs;
  for (NodeId c = 0; c < count; ++c) {
    for (NodeId i = 0; i < size; ++i) {
      for (NodeId j = 0; j < i; ++j) pairs.emplace_back(c * size + i, c * size + j);
    }
    pairs.emplace_back(c * size, (c + 1) % count * size + 1);
  }
  return pairs;
}

Pairs random_pairs(NodeId n, int count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<NodeId> any(0, n - 1);
  Pairs pairs;
  for (int k = 0; k < count; ++k) pairs.emplace_back(any(random), k % 3 == 0 ? 0 : any(random));
  return pairs;
}

std::int64_t bandwidth(const HostCsr& a, const std::vector<NodeId>& order) {
  const std::vector<NodeId> row = inverse_order(order);
  std::int64_t widest = 0;
  for (NodeId v = 0; v < a.num_rows; ++v) {
    for (EdgeId e = a.offsets[static_cast<std::size_t>(v)]; e < a.offsets[static_cast<std::size_t>(v) + 1];
         ++e) {
      const NodeId u = a.cols[static_cast<std::size_t>(e)];
      widest = std::max<std::int64_t>(
          widest, std::abs(row[static_cast<std::size_t>(v)] - row[static_cast<std::size_t>(u)]));
    }
  }
  return widest;
}

/// How often neighbouring rows belong to different groups.
int changes(const std::vector<NodeId>& groups) {
  int count = 0;
  for (std::size_t row = 1; row < groups.size(); ++row) count += groups[row] != groups[row - 1];
  return count;
}

TEST(NodeOrders, ArePermutations) {
  std::vector<HostCsr> graphs;
  graphs.push_back(graph_of({}, {}));
  graphs.push_back(graph_of({}, counted(5)));
  graphs.push_back(graph_of({{0, 0}, {2, 2}, {2, 1}}, counted(4)));
  graphs.push_back(graph_of(path(300), shuffled(300, 1)));
  graphs.push_back(graph_of(ring_of_cliques(7, 6), shuffled(42, 2)));
  for (const unsigned seed : {3u, 4u, 5u})
    graphs.push_back(graph_of(random_pairs(200, 350, seed), counted(200)));
  for (const HostCsr& a : graphs) {
    for (const NodeOrder how : kNodeOrders) {
      std::vector<NodeId> order = order_nodes(a.view(), how);
      std::sort(order.begin(), order.end());
      EXPECT_EQ(order, counted(a.num_rows)) << node_order_name(how);
    }
  }
}

TEST(NodeOrders, NoneLeavesThemAsTheyAre) {
  EXPECT_EQ(order_nodes(graph_of(path(9), shuffled(9, 1)).view(), NodeOrder::kNone), counted(9));
}

TEST(NodeOrders, DegreesFallAndEqualOnesKeepTheirOrder) {
  const HostCsr star = graph_of({{3, 0}, {3, 1}, {3, 2}, {3, 4}, {1, 2}}, counted(6));
  EXPECT_EQ(degree_order(star.view()), (std::vector<NodeId>{3, 1, 2, 0, 4, 5}));
}

TEST(NodeOrders, RcmFindsThePathAgain) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    const HostCsr a = graph_of(path(100), shuffled(100, seed));
    EXPECT_EQ(bandwidth(a, rcm_order(a.view())), 1);
  }
}

TEST(NodeOrders, RcmOfAGridIsNoWiderThanItsShortSide) {
  Pairs grid;  // 5 x 40
  for (NodeId v = 0; v < 200; ++v) {
    if (v % 5 != 4) grid.emplace_back(v, v + 1);
    if (v + 5 < 200) grid.emplace_back(v, v + 5);
  }
  const HostCsr a = graph_of(grid, shuffled(200, 4));
  EXPECT_LE(bandwidth(a, rcm_order(a.view())), 6);
}

TEST(NodeOrders, RcmKeepsComponentsTogether) {
  Pairs pairs;
  for (NodeId v = 0; v + 3 < 60; ++v) pairs.emplace_back(v, v + 3);  // three paths, interleaved
  const std::vector<NodeId> name = shuffled(60, 5);
  std::vector<NodeId> order = rcm_order(graph_of(pairs, name).view());
  const std::vector<NodeId> original = inverse_order(name);
  for (NodeId& v : order) v = original[static_cast<std::size_t>(v)] % 3;
  EXPECT_EQ(changes(order), 2);
}

TEST(NodeOrders, CommunitiesAreContiguousAndBesideTheirNeighbours) {
  const std::vector<NodeId> name = shuffled(160, 6);
  const HostCsr a = graph_of(ring_of_cliques(20, 8), name);
  std::vector<NodeId> order = community_order(a.view());
  const std::vector<NodeId> original = inverse_order(name);
  for (NodeId& v : order) v = original[static_cast<std::size_t>(v)] / 8;
  EXPECT_EQ(changes(order), 19);
  EXPECT_LE(bandwidth(a, community_order(a.view())), 60) << "a clique's neighbours lie within a few cliques";
}

TEST(NodeOrders, TheInverseUndoesThem) {
  const std::vector<NodeId> order = shuffled(50, 7);
  const std::vector<NodeId> inverse = inverse_order(order);
  for (NodeId row = 0; row < 50; ++row)
    EXPECT_EQ(inverse[static_cast<std::size_t>(order[static_cast<std::size_t>(row)])], row);
}

TEST(NodeOrders, HaveNames) {
  for (const NodeOrder how : kNodeOrders) EXPECT_EQ(node_order_of(node_order_name(how)), how);
  testing::expect_error_with(ErrorCode::kInvalidArgument, {"'hilbert'", "none, degree, rcm, community"},
                             [] { node_order_of("hilbert"); });
}

}  // namespace
}  // namespace weft::data
