#include "data/synth/synth.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "data/base/parallel.hpp"
#include "data/graph/edge_weights.hpp"
#include "data/raw/raw_reader.hpp"
#include "data/synth/synth_graph.hpp"
#include "data/synth/synth_nodes.hpp"
#include "data/synth/synth_pairs.hpp"
#include "data/synth/synth_random.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr const char* kSplitName = "random";

template <class T>
void check_range(const char* what, T value, T low, T high) {
  WEFT_CHECK(value >= low && value <= high, what, " ", value, " cannot be used; give a number from ", low,
             " to ", high);
}

void check_sizes(const SynthSpec& spec) {
  constexpr std::int64_t kFewestNodes = 16;
  constexpr std::int64_t kMostNodes = std::numeric_limits<NodeId>::max();
  constexpr std::int64_t kMostEdges = std::int64_t{1} << 40;
  constexpr std::int64_t kMostColumns = 1 << 20;
  check_range("nodes", spec.nodes, kFewestNodes, kMostNodes);
  const auto pairs = static_cast<std::int64_t>(pairs_of(spec.nodes));
  check_range<std::int64_t>("edges", spec.edges, 1, std::min(pairs / 4, kMostEdges));
  check_range<std::int64_t>("classes", spec.classes, 2, std::min(spec.nodes / 4, kMostColumns));
  check_range<std::int64_t>("features", spec.features, 0, kMostColumns);
}

void check_fractions(const SynthSpec& spec) {
  check_range("homophily", spec.homophily, 0.0, 1.0);
  check_range("feature noise", spec.feature_noise, 0.0, 1000.0);
  if (spec.edge_weights) {
    const auto [low, high] = *spec.edge_weights;
    WEFT_CHECK(low < high && low >= -1e6 && high <= 1e6, "edge weights ", low, ",", high,
               " cannot be used; give two rising numbers from -1e6 to 1e6");
  }
  WEFT_CHECK(spec.degree_exponent > 2.0 && spec.degree_exponent <= 10.0, "degree exponent ",
             spec.degree_exponent, " cannot be used; give a number above 2, up to 10");
  const auto nodes = static_cast<double>(spec.nodes);
  const auto train = std::llround(spec.train_fraction * nodes),
             valid = std::llround(spec.valid_fraction * nodes);
  WEFT_CHECK(train >= 1 && valid >= 1 && train + valid < spec.nodes, "train fraction ", spec.train_fraction,
             " and valid fraction ", spec.valid_fraction, " of ", spec.nodes,
             " nodes leave a part without nodes; give two numbers above 0 that add up to less than 1");
}

/// Ends of edge k as they are written: the first is the source.
class Directions {
 public:
  Directions(const SynthSpec& spec, std::shared_ptr<const SynthGraph> graph, int threads)
      : directed_(spec.directed),
        threads_(threads),
        draws_(spec.seed, Draw::kDirection),
        graph_(std::move(graph)) {}

  void stream(const EdgeSink& sink) const {
    constexpr std::int64_t kPiece = 1 << 17;  // edges
    const auto edges = static_cast<std::int64_t>(graph_->first.size());
    const std::int64_t ways = directed_ ? 1 : 2;
    std::vector<NodeId> source(static_cast<std::size_t>(ways * std::min(kPiece, edges))),
        target(source.size());
    for (std::int64_t first = 0; first < edges; first += kPiece) {
      const std::int64_t count = std::min(kPiece, edges - first);
      parallel_ranges(count, threads_, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t k = begin; k < end; ++k)
          write(first + k, source.data() + ways * k, target.data() + ways * k);
      });
      sink(source.data(), target.data(), ways * count);
    }
  }

 private:
  void write(std::int64_t edge, NodeId* source, NodeId* target) const {
    NodeId from = graph_->first[static_cast<std::size_t>(edge)];
    NodeId to = graph_->second[static_cast<std::size_t>(edge)];
    if (directed_ && (draws_(edge).v[0] & 1u) != 0) std::swap(from, to);
    source[0] = from;
    target[0] = to;
    if (directed_) return;
    source[1] = to;
    target[1] = from;
  }

  bool directed_;
  int threads_;
  Draws draws_;
  std::shared_ptr<const SynthGraph> graph_;
};

/// One weight per edge, so that both directions have it.
ArraySource weights_of(const SynthSpec& spec) {
  constexpr std::int64_t kPiece = 1 << 15;
  const int entries = spec.directed ? 1 : 2;
  return {kEdgeWeight,
          DType::kF32,
          {spec.edges * entries, 1},
          Codec::kZstd,
          [spec, entries](const ByteSink& sink) {
            const Draws draws(spec.seed, Draw::kWeight);
            const auto [low, high] = *spec.edge_weights;
            std::vector<float> piece;
            for (EdgeId k = 0; k < spec.edges; ++k) {
              piece.insert(piece.end(), static_cast<std::size_t>(entries),
                           static_cast<float>(low + (high - low) * unit_interval(draws(k))));
              if (k + 1 < spec.edges && (k + 1) % kPiece != 0) continue;
              sink(piece.data(), piece.size() * sizeof(float));
              piece.clear();
            }
          }};
}

Facts facts_of(const SynthSpec& spec, const std::string& name) {
  Facts facts;
  facts.name = name;
  facts.task = "node";
  facts.task_type = "multiclass classification";
  facts.metric = "acc";
  facts.num_classes = spec.classes;
  facts.default_split = kSplitName;
  return facts;
}

}  // namespace

SynthSpec complete(SynthSpec spec) {
  check_sizes(spec);
  check_fractions(spec);
  if (!spec.communities) {
    const double largest_degree = std::sqrt(2.0 * static_cast<double>(spec.edges));
    const auto fitting = static_cast<std::int64_t>(static_cast<double>(spec.nodes) / largest_degree);
    spec.communities = std::max(spec.classes, fitting);
  }
  if (!spec.mixing) spec.mixing = (1.0 - spec.homophily) / 2.0;
  check_range("communities", *spec.communities, spec.classes, spec.nodes / 4);
  check_range("mixing", *spec.mixing, 0.0, 1.0);
  return spec;
}

RawDataset synthesize(const SynthSpec& spec, const std::string& name, int threads,
                      const SynthProgress& progress) {
  const auto graph = std::make_shared<const SynthGraph>(draw_graph(spec, threads, progress));
  std::vector<std::int64_t> labels = draw_labels(spec, *graph);

  RawDataset raw;
  raw.facts = facts_of(spec, name);
  RawTable& nodes = raw.tables[kNodeType];
  nodes.rows = spec.nodes;
  if (spec.features > 0) nodes.columns.push_back(features_of(spec, labels, threads, progress));
  nodes.columns.push_back(in_memory(Column{"node_label", spec.nodes, 1, std::move(labels), {}}));
  const EdgeId entries = spec.directed ? spec.edges : 2 * spec.edges;
  const Directions directions(spec, graph, threads);
  raw.relations.push_back({kNodeType,
                           kEdgeType,
                           kNodeType,
                           {entries, [directions](const EdgeSink& sink) { directions.stream(sink); }},
                           {}});
  if (spec.edge_weights) raw.relations.back().columns.push_back(weights_of(spec));
  add_split(raw, kSplitName, kNodeType, draw_split(spec));
  return raw;
}

}  // namespace weft::data
