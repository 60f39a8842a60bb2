#pragma once
// What the nodes of a made graph have: labels, features, parts of a split.
#include <array>
#include <cstdint>
#include <vector>

#include "data/synth/synth.hpp"
#include "data/synth/synth_graph.hpp"

namespace weft::data {

/// [n] classes by node id. Every community has a class, large classes having many (Zipf); a node has its
/// community's with the probability that makes the expected edge homophily the one asked for, else any class.
/// Every class occurs. Errors: kInvalidArgument where no probability does, with the range that can be had.
std::vector<std::int64_t> draw_labels(const SynthSpec& spec, const SynthGraph& graph);

/// [n, features] on its way: the mean of the node's class, plus noise.
ArraySource features_of(const SynthSpec& spec, std::vector<std::int64_t> labels, int threads,
                        const SynthProgress& progress);

/// Ids of train, valid and test, ascending.
std::array<std::vector<std::int64_t>, 3> draw_split(const SynthSpec& spec);

}  // namespace weft::data
