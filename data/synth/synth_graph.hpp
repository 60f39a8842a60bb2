#pragma once
// The graph of a degree-corrected stochastic block model: communities, expected degrees by a power law, and
// edges drawn by both.
// Source: Karrer and Newman, "Stochastic blockmodels and community structure in networks", Physical Review E
// 83, 2011, arXiv:1008.3926. Sizes of communities by a power law, and the mixing parameter, as in
// Lancichinetti, Fortunato, Radicchi, "Benchmark graphs for testing community detection algorithms", Physical
// Review E 78, 2008, arXiv:0805.4770.
#include <cstdint>
#include <functional>
#include <vector>

#include "data/synth/synth.hpp"

namespace weft::data {

/// Nodes have positions, a run per community, and ids, dealt out at random, so that ids tell nothing.
struct SynthGraph {
  std::vector<NodeId> starts;       // [communities + 1]  first position of each
  std::vector<NodeId> ids;          // [n]  of the node at each position
  std::vector<EdgeId> inside;       // [communities]  edges with both ends in it
  std::vector<std::uint64_t> open;  // [communities]  of all ends of edges between communities, the share
                                    // expected here, over an arbitrary sum
  std::vector<NodeId> first;        // [e]  ids of the two ends; an edge comes once, no edge is a loop
  std::vector<NodeId> second;
};

/// `spec` must be complete(). Expected degrees have the exponent asked for between their smallest and
/// sqrt(2 e), the structural cutoff (Boguna, Pastor-Satorras, Vespignani, "Cut-offs and finite size effects
/// in scale-free networks", EPJ B 38, 2004). What a node expects inside its community is at most half as many
/// edges as that has other nodes; the rest of a hub's go outside, and less of the others', so that the mixing
/// is the one asked for, exactly. A pair drawn again is drawn anew, which takes from hubs: exponents fitted
/// to the graph are up to 0.2 larger. What is still missing after 32 such rounds, in a community nearly full,
/// is drawn evenly from all pairs. Errors: kInvalidArgument where the mixing is too little for that, or where
/// edges between communities are more than half of the pairs there are.
SynthGraph draw_graph(const SynthSpec& spec, int threads, const SynthProgress& progress);

}  // namespace weft::data
