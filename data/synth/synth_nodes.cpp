#include "data/synth/synth_nodes.hpp"

#include <cmath>
#include <numeric>

#include "data/base/row_stream.hpp"
#include "data/synth/alias_table.hpp"
#include "data/synth/synth_random.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

double square(double x) { return x * x; }

/// How often the two ends of a random edge have one label, given the probability p with which a node has its
/// community's class: a p^2 + 2 b p (1 - p) + c (1 - p)^2.
class ExpectedHomophily {
 public:
  /// `popularity` [classes]: of the classes that other nodes have; sums to 1.
  ExpectedHomophily(const SynthGraph& graph, const std::vector<std::int32_t>& class_of,
                    const std::vector<double>& popularity) {
    for (const double share : popularity) neither_ += square(share);
    const auto popularity_of = [&](std::size_t c) {
      return popularity[static_cast<std::size_t>(class_of[c])];
    };

    double one_inside = 0.0;
    for (std::size_t c = 0; c < class_of.size(); ++c)
      one_inside += static_cast<double>(graph.inside[c]) * popularity_of(c);
    const auto inside =
        static_cast<double>(std::accumulate(graph.inside.begin(), graph.inside.end(), EdgeId{0}));
    const double outside = static_cast<double>(graph.first.size()) - inside;

    // Ends of edges between communities, two different ones each.
    double open = 0.0, same_community = 0.0, one_outside = 0.0, same_class = 0.0;
    std::vector<double> open_of_class(popularity.size(), 0.0);
    for (const std::uint64_t part : graph.open) open += static_cast<double>(part);
    for (std::size_t c = 0; outside > 0.0 && c < class_of.size(); ++c) {
      const double share = static_cast<double>(graph.open[c]) / open;
      same_community += square(share);
      one_outside += share * (1.0 - share) * popularity_of(c);
      open_of_class[static_cast<std::size_t>(class_of[c])] += share;
    }
    for (const double share : open_of_class) same_class += square(share);
    const double different = 1.0 - same_community;

    both_ = (inside + outside * (same_class - same_community) / different) / (inside + outside);
    one_ = (one_inside + outside * one_outside / different) / (inside + outside);
  }

  double operator()(double p) const {
    return both_ * square(p) + 2.0 * one_ * p * (1.0 - p) + neither_ * square(1.0 - p);
  }

 private:
  double both_ = 0.0, one_ = 0.0, neither_ = 0.0;
};

/// The p in [0, 1] with the homophily that is wanted.
double fidelity(const ExpectedHomophily& homophily, double wanted) {
  WEFT_CHECK(
      homophily(1.0) > homophily(0.0), "homophily ", wanted,
      " cannot be had: with this mixing, labels that follow the communities join fewer equal ones than "
      "labels at random; ask for less mixing");
  if (wanted < homophily(0.0) || wanted > homophily(1.0)) {
    fail(ErrorCode::kInvalidArgument, "homophily ", wanted,
         " cannot be had: with these classes and this mixing it is from ",
         std::ceil(homophily(0.0) * 1000.0) / 1000.0, " to ", std::floor(homophily(1.0) * 1000.0) / 1000.0,
         "; ask for less mixing to raise it, or more classes to lower it");
  }
  double low = 0.0, high = 1.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2.0;
    (homophily(middle) < wanted ? low : high) = middle;
  }
  return high;
}

/// Values of the means of the classes; two means are 2 apart, on average.
std::vector<float> class_means(const SynthSpec& spec) {
  const Draws draws(spec.seed, Draw::kClassMean);
  const float scale = std::sqrt(2.0f / static_cast<float>(spec.features));
  std::vector<float> means;
  for (std::int64_t i = 0; i < spec.classes * spec.features; ++i) {
    const RandomBlock words = draws(i);
    means.push_back(scale * nearly_normal(words.v[0], words.v[1]));
  }
  return means;
}

/// Row `node` of the features.
void add_noise(const float* mean, std::int64_t columns, float noise, const Draws& draws, std::int64_t node,
               float* row) {
  for (std::int64_t c = 0; c < columns; c += 2) {
    const RandomBlock words = draws(node, static_cast<std::uint32_t>(c / 2));
    row[c] = mean[c] + noise * nearly_normal(words.v[0], words.v[1]);
    if (c + 1 < columns) row[c + 1] = mean[c + 1] + noise * nearly_normal(words.v[2], words.v[3]);
  }
}

}  // namespace

std::vector<std::int64_t> draw_labels(const SynthSpec& spec, const SynthGraph& graph) {
  constexpr std::uint32_t kMostPopular = 1u << 30;
  std::vector<std::uint32_t> weights;
  for (std::uint32_t k = 0; k < static_cast<std::uint32_t>(spec.classes); ++k)
    weights.push_back(kMostPopular / (k + 1));
  const AliasTable any_class({weights.data(), spec.classes});
  const auto sum = static_cast<double>(std::accumulate(weights.begin(), weights.end(), std::uint64_t{0}));
  std::vector<double> popularity;
  for (const std::uint32_t weight : weights) popularity.push_back(weight / sum);

  const Draws class_draws(spec.seed, Draw::kCommunityClass);
  std::vector<std::int32_t> class_of;  // of each community; the first ones see to it that every class occurs
  for (std::int64_t c = 0; c < *spec.communities; ++c) {
    const RandomBlock words = class_draws(c);
    class_of.push_back(c < spec.classes ? static_cast<std::int32_t>(c) : any_class(words.v[0], words.v[1]));
  }

  const double p = fidelity(ExpectedHomophily(graph, class_of, popularity), spec.homophily);
  const auto threshold = static_cast<std::uint64_t>(p * 0x1.0p32);
  const Draws draws(spec.seed, Draw::kLabel);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(spec.nodes));
  for (std::size_t c = 0; c < class_of.size(); ++c) {
    for (NodeId i = graph.starts[c]; i < graph.starts[c + 1]; ++i) {
      const RandomBlock words = draws(i);
      const bool own = i == graph.starts[c] || words.v[0] < threshold;
      labels[static_cast<std::size_t>(graph.ids[static_cast<std::size_t>(i)])] =
          own ? class_of[c] : any_class(words.v[1], words.v[2]);
    }
  }
  return labels;
}

ArraySource features_of(const SynthSpec& spec, std::vector<std::int64_t> labels, int threads,
                        const SynthProgress& progress) {
  const auto stream = [spec, threads, progress, labels = std::move(labels)](const ByteSink& sink) {
    const std::vector<float> means = class_means(spec);
    const Draws draws(spec.seed, Draw::kFeatureNoise);
    const std::int64_t columns = spec.features;
    const std::size_t row_bytes = static_cast<std::size_t>(columns) * sizeof(float);
    const auto fill = [&](std::int64_t first, std::int64_t count, std::byte* out) {
      auto* row = reinterpret_cast<float*>(out);
      for (std::int64_t node = first; node < first + count; ++node, row += columns) {
        const std::int64_t label = labels[static_cast<std::size_t>(node)];
        add_noise(means.data() + label * columns, columns, static_cast<float>(spec.feature_noise), draws,
                  node, row);
      }
    };
    std::uint64_t done = 0;
    const auto all = static_cast<double>(spec.nodes) * static_cast<double>(row_bytes);
    stream_rows(spec.nodes, row_bytes, threads, fill, [&](const void* data, std::size_t bytes) {
      sink(data, bytes);
      done += bytes;
      progress("features", static_cast<double>(done) / all);
    });
  };
  return {"node_feat", DType::kF32, {spec.nodes, spec.features}, Codec::kRaw, stream, true};
}

std::array<std::vector<std::int64_t>, 3> draw_split(const SynthSpec& spec) {
  const std::vector<NodeId> order = shuffled(Draws(spec.seed, Draw::kSplit), static_cast<NodeId>(spec.nodes));
  const std::int64_t train = std::llround(spec.train_fraction * static_cast<double>(spec.nodes));
  const std::int64_t valid = std::llround(spec.valid_fraction * static_cast<double>(spec.nodes));
  std::vector<std::uint8_t> part_of(order.size(), 2);
  for (std::int64_t k = 0; k < train + valid; ++k)
    part_of[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])] = k < train ? 0 : 1;
  std::array<std::vector<std::int64_t>, 3> parts;
  for (std::size_t v = 0; v < part_of.size(); ++v) parts[part_of[v]].push_back(static_cast<std::int64_t>(v));
  return parts;
}

}  // namespace weft::data
