#pragma once
// Made-up datasets for node prediction: a graph with planted communities and skewed degrees, labels that
// follow the communities, features that follow the labels.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "data/raw/conversion.hpp"
#include "data/raw/raw_dataset.hpp"

namespace weft::data {

struct SynthSpec {
  std::int64_t nodes = 10'000;   // from 16
  std::int64_t edges = 100'000;  // pairs of different nodes, none twice
  bool directed = false;         // each edge one way, at random; else both ways, as two entries
  std::int64_t classes = 10;
  std::int64_t features = 64;               // columns; 0: none
  std::optional<std::int64_t> communities;  // else nodes / sqrt(2 edges): as large as the largest degree
  double degree_exponent = 2.5;             // a of P(degree) ~ degree^-a, in (2, 10]
  double homophily = 0.8;  // edge homophily: the share of edges whose ends have one label, expected (Zhu et
                           // al., "Beyond Homophily in Graph Neural Networks", 2020, arXiv:2006.11468)
  std::optional<double> mixing;  // share of edges between communities; else (1 - homophily) / 2
  double train_fraction = 0.6;   // of the nodes; the rest of both is for testing
  double valid_fraction = 0.2;
  double feature_noise = 0.6;  // standard deviation, where half the distance of two classes' means is 1
  std::optional<std::pair<double, double>> edge_weights;  // uniform from the first to the second; none
  std::uint64_t seed = 0;
};

/// With everything chosen that was left open. Errors: kInvalidArgument for what is out of range or cannot go
/// together, as far as that shows before anything is drawn.
SynthSpec complete(SynthSpec spec);

/// May throw to stop, and be called by two threads at once.
using SynthProgress = std::function<void(const std::string& what, double fraction)>;

/// The dataset of a complete spec, in the order and the types in which a conversion of its raw files would
/// find it: "node_feat" [n, features], "node_label" [n, 1], edges (both directions of an undirected one
/// behind each other) with "edge_weight" where asked for, and a random split "random". A function of the spec
/// alone, at any number of threads. Graph and labels are drawn now, features while they stream. Takes 8 bytes
/// per edge and 40 per node. Errors: kInvalidArgument, see draw_graph() and draw_labels().
RawDataset synthesize(const SynthSpec& spec, const std::string& name, int threads,
                      const SynthProgress& progress);

/// Where a made dataset goes, and as what.
struct SynthTarget {
  std::filesystem::path folder;
  bool raw = false;    // files as OGB has them, instead of a cache
  bool force = false;  // write over a dataset that was made before
  int threads = 1;
  std::optional<NodeOrder> reorder;           // of the cache's nodes, else what default_order() says
  std::uint64_t memory_bytes = kGraphMemory;  // for sorting and reordering, as in ConvertOptions
};

/// Makes the dataset in `target.folder`, which must not exist, be empty, be what a killed call left, or, with
/// `force`, hold a made one (it has a synth.json, which says what it was made from). Returns where it then
/// lies: the folder with raw/ and split/, or the cache, which holds what a conversion of those files would
/// make. One process at a time works in a folder. It makes the graph beside the one that is there and
/// replaces that at the end, so both need room for a while. Memory: what ConvertOptions::memory_bytes bounds
/// there, and for an order of nodes the features, whole. Errors: kInvalidArgument for a folder that is named
/// as a known dataset's, and for raw files in an order; kExists, also while another process makes a graph
/// there; those of synthesize() and in_order(); what `progress` throws; kNoSpace, kIo. Nothing is left behind
/// then, and what was there before stays.
Location write_synthetic(const SynthSpec& spec, const SynthTarget& target, const SynthProgress& progress);

}  // namespace weft::data
