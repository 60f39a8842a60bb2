// The graph of a made dataset before it is anyone's dataset, and what its edges are drawn with.
#include "data/synth/synth_graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "data/synth/alias_table.hpp"
#include "data/synth/synth_pairs.hpp"
#include "data/synth/synth_random.hpp"

namespace weft::data {
namespace {

void no_progress(const std::string&, double) {}

TEST(SynthGraph, EdgesMixAsAskedForAndIdsTellNothing) {
  SynthSpec spec;
  spec.mixing = 0.25;
  spec.homophily = 0.5;
  const SynthGraph graph = draw_graph(complete(spec), 2, no_progress);
  std::vector<std::size_t> community(10'000);
  double distance = 0.0;
  for (std::size_t c = 0; c + 1 < graph.starts.size(); ++c) {
    for (NodeId i = graph.starts[c]; i < graph.starts[c + 1]; ++i)
      community[static_cast<std::size_t>(graph.ids[static_cast<std::size_t>(i)])] = c;
  }
  std::int64_t between = 0;
  for (std::size_t e = 0; e < graph.first.size(); ++e) {
    const NodeId a = graph.first[e], b = graph.second[e];
    between += community[static_cast<std::size_t>(a)] != community[static_cast<std::size_t>(b)];
    distance += std::abs(a - b);
  }
  EXPECT_EQ(between, 25'000);
  EXPECT_NEAR(distance / 100'000.0, 10'000 / 3.0, 150);  // as of two ids drawn at random
}

TEST(SynthGraph, AnyMixingIsMet) {
  for (const double mixing : {0.0, 1e-4, 0.9999, 1.0}) {
    SynthSpec spec;
    spec.nodes = 4'000;
    spec.edges = 20'000;
    spec.classes = 2;
    spec.communities = 4;
    spec.degree_exponent = 4.0;
    spec.mixing = mixing;
    const SynthGraph graph = draw_graph(complete(spec), 2, no_progress);
    const EdgeId inside = std::accumulate(graph.inside.begin(), graph.inside.end(), EdgeId{0});
    EXPECT_EQ(inside, std::llround((1.0 - mixing) * 20'000)) << mixing;
    EXPECT_EQ(graph.first.size(), 20'000u);
  }
}

TEST(DistinctPairs, WhatWeightsCannotFillIsDrawnEvenly) {
  const Draws draws(3, Draw::kInsideEdge);
  const auto draw = [&](std::int64_t counter, bool evenly) {
    const RandomBlock words = draws(counter);
    return evenly ? pair_of(below(words.v[0], 10), below(words.v[1], 10)) : pair_of(4, 7);
  };
  const std::vector<std::uint64_t> pairs = distinct_pairs(20, 1, draw);
  EXPECT_EQ(std::set<std::uint64_t>(pairs.begin(), pairs.end()).size(), 20u);
  EXPECT_TRUE(std::binary_search(pairs.begin(), pairs.end(), pair_of(7, 4)));
}

TEST(AliasTable, DrawsByWeight) {
  const std::vector<std::uint32_t> weights{5, 0, 1, 2, 8};
  const AliasTable table({weights.data(), 5});
  const Draws draws(7, Draw::kDegree);
  std::vector<double> counts(5, 0.0);
  constexpr int kDraws = 160'000;
  for (int i = 0; i < kDraws; ++i) {
    const RandomBlock words = draws(i);
    counts[static_cast<std::size_t>(table(words.v[0], words.v[1]))] += 1.0;
  }
  for (std::size_t i = 0; i < weights.size(); ++i)
    EXPECT_NEAR(counts[i], weights[i] * 10'000.0, 5 * std::sqrt(weights[i] * 10'000.0)) << i;
}

TEST(AliasTable, WithoutWeightsAllAreAlike) {
  const std::vector<std::uint32_t> weights{0, 0, 0, 0};
  const AliasTable table({weights.data(), 4});
  EXPECT_EQ(table(0, 0), 0);
  EXPECT_EQ(table(0xffffffffu, 0xffffffffu), 3);
}

}  // namespace
}  // namespace weft::data
