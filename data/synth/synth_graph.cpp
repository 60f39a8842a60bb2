#include "data/synth/synth_graph.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>

#include "data/base/parallel.hpp"
#include "data/synth/alias_table.hpp"
#include "data/synth/synth_pairs.hpp"
#include "data/synth/synth_random.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr std::uint32_t kUnit = 1024;  // weight of the smallest degree

/// Whole-numbered weights with P(w) ~ w^-exponent from kUnit to ratio * kUnit.
class PowerLaw {
 public:
  PowerLaw(double exponent, double ratio)
      : power_(-1.0 / (exponent - 1.0)), tail_(1.0 - std::pow(ratio, 1.0 - exponent)) {}

  std::uint32_t operator()(const RandomBlock& block) const {
    return static_cast<std::uint32_t>(kUnit * std::pow(1.0 - tail_ * unit_interval(block), power_));
  }

  /// Mean over smallest value.
  static double mean(double exponent, double ratio) {
    return (exponent - 1.0) / (exponent - 2.0) * (1.0 - std::pow(ratio, 2.0 - exponent)) /
           (1.0 - std::pow(ratio, 1.0 - exponent));
  }

  /// Largest over smallest value, where the largest is `cutoff` and the mean is `mean`. The smallest follows
  /// from the ratio and the ratio from the smallest: iterated from below, where it only grows.
  static double ratio_for(double exponent, double mean_value, double cutoff) {
    constexpr double kLeast = 1.0 + 1e-6, kMost = 1e6;  // kMost * kUnit fits 32 bits
    double ratio = std::max(cutoff / mean_value, kLeast);
    for (int i = 0; i < 100; ++i) ratio = std::min(cutoff / mean_value * mean(exponent, ratio), kMost);
    return std::max(ratio, kLeast);
  }

 private:
  double power_, tail_;
};

/// Cuts `total` in proportion to the weights: by their running sum, rounded down, so that it adds up.
template <class Weight>
std::vector<std::int64_t> shares(std::int64_t total, const std::vector<Weight>& weights) {
  const auto sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  if (total == 0) return std::vector<std::int64_t>(weights.size(), 0);  // the sum may be 0 then
  std::vector<std::int64_t> parts;
  std::uint64_t running = 0;
  std::int64_t given = 0;
  for (const Weight weight : weights) {
    running += weight;
    const auto end = static_cast<std::int64_t>(Wide{running} * static_cast<std::uint64_t>(total) / sum);
    parts.push_back(end - given);
    given = end;
  }
  return parts;
}

class GraphMaker {
 public:
  GraphMaker(const SynthSpec& spec, int threads) : spec_(spec), threads_(threads) {}

  void place_nodes() {
    constexpr double kSizeExponent = 2.5, kSizeRatio = 16.0;
    constexpr std::int64_t kLeastSize = 2;
    const PowerLaw sizes(kSizeExponent, kSizeRatio);
    const Draws draws(spec_.seed, Draw::kCommunitySize);
    std::vector<std::uint32_t> weights;
    for (std::int64_t c = 0; c < communities(); ++c) weights.push_back(sizes(draws(c)));
    graph_.starts.push_back(0);
    for (const std::int64_t more : shares(spec_.nodes - kLeastSize * communities(), weights))
      graph_.starts.push_back(static_cast<NodeId>(graph_.starts.back() + kLeastSize + more));
    community_of_.resize(static_cast<std::size_t>(spec_.nodes));
    for (std::int64_t c = 0; c < communities(); ++c)
      std::fill(community_of_.begin() + start(c), community_of_.begin() + start(c + 1),
                static_cast<NodeId>(c));
    graph_.ids = shuffled(Draws(spec_.seed, Draw::kNodeId), static_cast<NodeId>(spec_.nodes));
  }

  void draw_degrees() {
    const auto edges = static_cast<double>(spec_.edges);
    const double mean = 2.0 * edges / static_cast<double>(spec_.nodes);
    const PowerLaw degrees(spec_.degree_exponent,
                           PowerLaw::ratio_for(spec_.degree_exponent, mean, std::sqrt(2.0 * edges)));
    const Draws draws(spec_.seed, Draw::kDegree);
    weights_.resize(static_cast<std::size_t>(spec_.nodes));
    parallel_ranges(spec_.nodes, threads_, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) weights_[static_cast<std::size_t>(i)] = degrees(draws(i));
    });
  }

  /// Cuts every weight into what is for edges inside the community and what is for edges that leave it.
  void mix() {
    outside_edges_ = std::llround(*spec_.mixing * static_cast<double>(spec_.edges));
    const std::uint64_t all = std::accumulate(weights_.begin(), weights_.end(), std::uint64_t{0});
    const auto edges = static_cast<std::uint64_t>(spec_.edges);
    const auto wanted = static_cast<std::uint64_t>(
        (Wide{all} * static_cast<std::uint64_t>(inside_edges()) + edges - 1) / edges);
    const std::vector<std::uint32_t> most = most_inside(all);
    const auto inside = [&](std::size_t i, std::uint64_t share) {
      return std::min(static_cast<std::uint32_t>((weights_[i] * share) >> kShareBits),
                      most[static_cast<std::size_t>(community_of_[i])]);
    };
    const auto sum = [&](std::uint64_t share) {
      std::atomic<std::uint64_t> total = 0;  // of whole numbers, in any order
      parallel_ranges(spec_.nodes, threads_, [&](std::int64_t begin, std::int64_t end) {
        std::uint64_t part = 0;
        for (std::int64_t i = begin; i < end; ++i) part += inside(static_cast<std::size_t>(i), share);
        total += part;
      });
      return total.load();
    };
    std::uint64_t low = 0, high = std::uint64_t{1} << kShareBits;
    check_mixing(sum(high), wanted, all);
    while (low < high) {
      const std::uint64_t middle = (low + high) / 2;
      if (sum(middle) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    outside_weights_.resize(weights_.size());
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      outside_weights_[i] = weights_[i] - inside(i, high);
    }
    const auto none = [](std::uint32_t weight) { return weight == 0; };
    if (std::all_of(outside_weights_.begin(), outside_weights_.end(), none))
      outside_weights_ = weights_;  // too few leave for whole-numbered weights to tell
    for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i] = inside(i, high);
  }

  void share_edges() {
    std::vector<std::uint64_t> inside(static_cast<std::size_t>(communities()), 0);
    graph_.open.assign(inside.size(), 0);
    std::uint64_t pairs_inside = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      inside[static_cast<std::size_t>(community_of_[i])] += weights_[i];
      graph_.open[static_cast<std::size_t>(community_of_[i])] += outside_weights_[i];
    }
    graph_.inside = shares(inside_edges(), inside);
    for (std::int64_t c = 0; c < communities(); ++c) pairs_inside += pairs_of(size(c));
    const std::uint64_t between = pairs_of(spec_.nodes) - pairs_inside;
    WEFT_CHECK(static_cast<std::uint64_t>(outside_edges_) <= between / 2, outside_edges_,
               " edges between communities are more than half of the ", between,
               " pairs there are; ask for more communities, fewer edges, or less mixing");
  }

  void draw_inside_edges() {
    graph_.first.resize(static_cast<std::size_t>(spec_.edges));
    graph_.second.resize(static_cast<std::size_t>(spec_.edges));
    std::vector<EdgeId> begins(graph_.inside.size());
    std::exclusive_scan(graph_.inside.begin(), graph_.inside.end(), begins.begin(), EdgeId{0});
    parallel_for(communities(), threads_, [&](std::int64_t c) {
      const AliasTable table({weights_.data() + start(c), size(c)});
      const Draws draws(spec_.seed, Draw::kInsideEdge, c);
      const auto nodes = static_cast<std::uint32_t>(size(c));
      const auto draw = [&](std::int64_t counter, bool evenly) {
        const RandomBlock words = draws(counter);
        if (evenly) return pair_of(below(words.v[0], nodes), below(words.v[2], nodes));
        return pair_of(table(words.v[0], words.v[1]), table(words.v[2], words.v[3]));
      };
      const EdgeId edges = graph_.inside[static_cast<std::size_t>(c)];
      store(distinct_pairs(edges, 1, draw), start(c), begins[static_cast<std::size_t>(c)], 1);
    });
  }

  void draw_outside_edges() {
    const AliasTable table({outside_weights_.data(), spec_.nodes});
    const Draws draws(spec_.seed, Draw::kOutsideEdge);
    const auto nodes = static_cast<std::uint32_t>(spec_.nodes);
    const auto draw = [&](std::int64_t counter, bool evenly) {
      const RandomBlock words = draws(counter);
      const auto a =
          evenly ? below(words.v[0], nodes) : static_cast<std::uint32_t>(table(words.v[0], words.v[1]));
      const auto b =
          evenly ? below(words.v[2], nodes) : static_cast<std::uint32_t>(table(words.v[2], words.v[3]));
      return community_of_[a] == community_of_[b] ? kNoPair : pair_of(a, b);
    };
    store(distinct_pairs(outside_edges_, threads_, draw), 0, inside_edges(), threads_);
  }

  SynthGraph take() { return std::move(graph_); }

 private:
  static constexpr int kShareBits = 16;

  std::int64_t communities() const { return *spec_.communities; }
  EdgeId inside_edges() const { return spec_.edges - outside_edges_; }
  NodeId start(std::int64_t community) const { return graph_.starts[static_cast<std::size_t>(community)]; }
  std::int64_t size(std::int64_t community) const { return start(community + 1) - start(community); }

  /// [communities]  the weight of half as many edges as a node has others in its community: so many edges
  /// leave at least half of a community's pairs free.
  std::vector<std::uint32_t> most_inside(std::uint64_t all_weights) const {
    std::vector<std::uint32_t> most;
    for (std::int64_t c = 0; c < communities(); ++c) {
      const Wide limit = Wide{all_weights} * static_cast<std::uint64_t>(size(c) - 1) /
                         (4 * static_cast<std::uint64_t>(spec_.edges));
      most.push_back(
          static_cast<std::uint32_t>(std::min<Wide>(limit, std::numeric_limits<std::uint32_t>::max())));
    }
    return most;
  }

  void check_mixing(std::uint64_t reached, std::uint64_t wanted, std::uint64_t all) const {
    if (reached >= wanted) return;
    const double least = 1.0 - static_cast<double>(reached) / static_cast<double>(all);
    fail(ErrorCode::kInvalidArgument, "mixing ", *spec_.mixing,
         " is too little: where a node expects more edges than half its community has nodes, the rest leave "
         "it, which makes it at least ",
         std::ceil(least * 1000.0) / 1000.0,
         "; ask for more mixing, fewer communities (at least the classes), fewer edges or a larger degree "
         "exponent");
  }

  /// Pairs of positions, counted from `offset`, as the edges from `begin` on.
  void store(const std::vector<std::uint64_t>& pairs, NodeId offset, EdgeId begin, int threads) {
    parallel_ranges(static_cast<std::int64_t>(pairs.size()), threads,
                    [&](std::int64_t from, std::int64_t to) {
                      for (std::int64_t i = from; i < to; ++i) {
                        const std::uint64_t pair = pairs[static_cast<std::size_t>(i)];
                        const auto e = static_cast<std::size_t>(begin + i);
                        graph_.first[e] = id(first_of(pair) + offset);
                        graph_.second[e] = id(second_of(pair) + offset);
                      }
                    });
  }
  NodeId id(NodeId position) const { return graph_.ids[static_cast<std::size_t>(position)]; }

  const SynthSpec& spec_;
  int threads_;
  SynthGraph graph_;
  std::vector<NodeId> community_of_;            // [n]  by position, as the weights are
  std::vector<std::uint32_t> weights_;          // expected degrees; from mix() on, of edges inside
  std::vector<std::uint32_t> outside_weights_;  // of edges that leave the community
  EdgeId outside_edges_ = 0;
};

}  // namespace

SynthGraph draw_graph(const SynthSpec& spec, int threads, const SynthProgress& progress) {
  GraphMaker maker(spec, threads);
  maker.place_nodes();
  maker.draw_degrees();
  maker.mix();
  maker.share_edges();
  progress("edges", 0.0);
  maker.draw_inside_edges();
  progress("edges", 1.0 - *spec.mixing);
  maker.draw_outside_edges();
  progress("edges", 1.0);
  return maker.take();
}

}  // namespace weft::data
