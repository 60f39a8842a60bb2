// The public interface over made datasets.
#include <chrono>
#include <mutex>

#include "data/cache/convert.hpp"
#include "data/registry.hpp"
#include "data/synth/synth.hpp"
#include "engine/devices.hpp"
#include "engine/include/weft/weft.hpp"
#include "engine/input/open_dataset.hpp"
#include "engine/interrupt.hpp"

namespace weft {
namespace {

namespace fs = std::filesystem;

/// What a dataset is like beyond the registry's facts. ogbn-arxiv's homophily is what `weft info` counts;
/// ogbn-products' is near what Platonov et al., "Characterizing Graph Datasets for Node Classification",
/// 2023, arXiv:2209.06177, report, and has not been counted here.
struct Likeness {
  const char* name;
  std::int64_t features;
  double homophily;
};
constexpr Likeness kLike[] = {{"ogbn-arxiv", 128, 0.65}, {"ogbn-products", 100, 0.81}};

const Likeness& likeness(const std::string& name) {
  std::string known;
  for (const Likeness& like : kLike) {
    if (name == like.name) return like;
    known += (known.empty() ? "" : ", ") + std::string(like.name);
  }
  fail(ErrorCode::kInvalidArgument, "no sizes of '", name, "' to make a graph by; there are: ", known);
}

void take_sizes(const Likeness& like, data::SynthSpec& spec) {
  const data::DatasetSpec& known = *data::find_dataset(like.name);
  spec.nodes = known.num_nodes;
  spec.edges = known.num_edges;
  spec.directed = !known.add_inverse_edge;
  spec.classes = known.num_classes;
  spec.features = like.features;
  spec.homophily = like.homophily;
  const auto share = [&](int part) {
    return static_cast<double>(known.split_sizes[part]) / static_cast<double>(known.num_nodes);
  };
  spec.train_fraction = share(0);
  spec.valid_fraction = share(1);
}

data::SynthSpec spec_of(const SynthOptions& options) {
  data::SynthSpec spec;
  if (!options.like.empty()) take_sizes(likeness(options.like), spec);
  spec.nodes = options.nodes.value_or(spec.nodes);
  spec.edges = options.edges.value_or(spec.edges);
  spec.directed = options.directed.value_or(spec.directed);
  spec.classes = options.classes.value_or(spec.classes);
  spec.features = options.features.value_or(spec.features);
  spec.communities = options.communities;
  spec.degree_exponent = options.degree_exponent;
  spec.homophily = options.homophily.value_or(spec.homophily);
  spec.mixing = options.mixing;
  spec.train_fraction = options.train_fraction.value_or(spec.train_fraction);
  spec.valid_fraction = options.valid_fraction.value_or(spec.valid_fraction);
  spec.feature_noise = options.feature_noise;
  spec.edge_weights = options.edge_weights;
  spec.seed = options.seed;
  return data::complete(spec);
}

/// As locate() reads a name.
fs::path folder_of(const std::string& name, const fs::path& root) {
  WEFT_CHECK(!name.empty(), "a made graph needs a name, or a folder");
  return name.find_first_of("/.") != std::string::npos ? fs::path(name) : root / data::folder_name(name);
}

}  // namespace

SynthResult synth(const std::string& name, const SynthOptions& options) {
  const data::SynthSpec spec = spec_of(options);
  data::SynthTarget target;
  target.folder = folder_of(name, options.root);
  target.raw = options.raw;
  target.force = options.force;
  target.threads = engine::thread_count(options.threads);
  if (!options.reorder.empty()) target.reorder = data::node_order_of(options.reorder);
  target.memory_bytes = engine::graph_memory(options.memory_gb);
  engine::clear_stop();
  std::mutex one_at_a_time;
  const auto progress = [&](const std::string& what, double fraction) {
    engine::end_if_asked(name, "nothing was made");
    const std::lock_guard lock(one_at_a_time);
    if (options.events.progress) options.events.progress({what, fraction, ""});
  };
  const auto start = std::chrono::steady_clock::now();
  const data::Location location = data::write_synthetic(spec, target, progress);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  SynthResult result;
  result.name = location.name;
  result.folder = target.folder;
  if (!options.raw) {
    result.cache = location.cache;
    result.node_order = data::open_cache(location).facts.node_order;
  }
  result.nodes = spec.nodes;
  result.edges = spec.edges;
  result.entries = spec.directed ? spec.edges : 2 * spec.edges;
  result.communities = *spec.communities;
  result.mixing = *spec.mixing;
  result.seconds = elapsed.count();
  return result;
}

}  // namespace weft
