#include "bench/counters/problem.hpp"

#include <algorithm>
#include <random>

#include "bench/support/graphs.hpp"
#include "engine/input/graph_preparation.hpp"
#include "engine/run/session.hpp"

namespace weft::bench {
namespace {

constexpr unsigned kSeed = 5;

/// What the dataset's views look into.
struct Owner {
  data::HostCsr graph;
  std::vector<std::int64_t> labels;
  std::array<std::vector<std::int64_t>, 3> parts;
};

data::Array column(const std::vector<std::int64_t>& values) {
  return {DType::kI64, {static_cast<std::int64_t>(values.size())}, values.data()};
}

data::Dataset make_dataset(const ProblemOptions& options) {
  const auto owner = std::make_shared<Owner>();
  owner->graph =
      power_law_graph(options.nodes, static_cast<std::int64_t>(options.nodes * options.degree / 2));
  std::minstd_rand random(kSeed);
  const auto rows = static_cast<NodeId>(options.train_share * options.nodes);
  for (NodeId v = 0; v < options.nodes; ++v) {
    owner->labels.push_back(static_cast<std::int64_t>(random() % static_cast<unsigned>(options.classes)));
    owner->parts[v < rows ? 0 : 1 + static_cast<std::size_t>(v % 2)].push_back(v);
  }
  data::Dataset dataset;
  dataset.facts.name = "generated";
  dataset.facts.task = "node";
  dataset.facts.task_type = "multiclass classification";
  dataset.facts.metric = "acc";
  dataset.facts.num_classes = options.classes;
  dataset.facts.default_split = "own";
  dataset.tables[data::kNodeType] = {options.nodes, {{"node_label", column(owner->labels)}}};
  dataset.relations.push_back({data::kNodeType, data::kEdgeType, data::kNodeType, owner->graph.view(), {}});
  for (const data::Part part : data::kParts) {
    dataset.splits["own"][part]["node"] = column(owner->parts[static_cast<std::size_t>(part)]);
  }
  dataset.owner = owner;
  return dataset;
}

engine::TrainConfig make_config(const ProblemOptions& options) {
  engine::TrainConfig config = engine::make_config({options.recipe, {}, {}});
  config.dataset = "generated";
  config.features.source = "random:" + std::to_string(options.channels);
  config.model.hidden = options.hidden;
  config.run.runs = 1;
  return config;
}

std::int64_t parameter_count(const engine::TrainConfig& config, std::int64_t channels, std::int64_t classes) {
  return models::Model(engine::model_options(config.model, config.optimizer, {channels, classes}))
      .parameters()
      .count();
}

ProblemSizes sizes_of(const data::Dataset& dataset, const engine::TrainConfig& config,
                      const ProblemOptions& options) {
  const engine::HostOperator graph = engine::prepare_graph(dataset, config.graph, 1);
  ProblemSizes sizes;
  sizes.n = options.nodes;
  sizes.e = graph.forward_view().num_edges;
  for (const std::int64_t node : dataset.split("")[data::Part::kTrain].at("node").as<std::int64_t>()) {
    const EdgeId* offsets = graph.forward_view().offsets + node;
    sizes.er += offsets[1] - offsets[0];
    ++sizes.r;
  }
  sizes.c = options.channels;
  sizes.h = options.hidden;
  sizes.k = options.classes;
  sizes.p = parameter_count(config, options.channels, options.classes);
  return sizes;
}

/// The letters' values, in one order.
std::array<std::int64_t, 8> values_of(const ProblemSizes& s) {
  return {s.n, s.e, s.r, s.er, s.c, s.h, s.k, s.p};
}

constexpr const char* kLetters[] = {"N", "E", "R", "ER", "C", "H", "K", "P"};

}  // namespace

Problem::Problem(const ProblemOptions& options)
    : dataset_(make_dataset(options)),
      config_(make_config(options)),
      sizes_(sizes_of(dataset_, config_, options)) {
  auto values = values_of(sizes_);
  std::sort(values.begin(), values.end());
  WEFT_CHECK(std::adjacent_find(values.begin(), values.end()) == values.end(),
             "counters: two sizes of the problem are one number; change --nodes or --hidden a little");
}

Names Problem::names() const {
  Names names;
  const auto values = values_of(sizes_);
  for (std::size_t i = 0; i < values.size(); ++i) names[values[i]] = kLetters[i];
  names[sizes_.n + 1] = "(N+1)";
  names[sizes_.r + 1] = "(R+1)";
  return names;
}

Sizes Problem::scaled_to(const ProblemSizes& other) const {
  Sizes sizes;
  const auto from = values_of(sizes_), to = values_of(other);
  for (std::size_t i = 0; i < from.size(); ++i) sizes[from[i]] = to[i];
  sizes[sizes_.n + 1] = other.n + 1;
  sizes[sizes_.r + 1] = other.r + 1;
  return sizes;
}

std::vector<KnownProblem> known_problems(const engine::TrainConfig& config) {
  const auto known = [&](const char* name, ProblemSizes sizes, const char* source) {
    if (config.graph.self_loops) {
      sizes.e += sizes.n;
      sizes.er += sizes.r;
    }
    sizes.h = config.model.hidden;
    sizes.p = parameter_count(config, sizes.c, sizes.k);
    return KnownProblem{name, sizes, source};
  };
  return {known("ogbn-arxiv", {169343, 2315598, 90941, 1312984, 128, 0, 40, 0},
                "counted on the dataset made symmetric"),
          known("ogbn-products", {2449029, 123718280, 196615, 9932455, 100, 0, 47, 0},
                "Hu et al., \"Open Graph Benchmark\", 2020, arXiv:2005.00687; ER as if training rows had the "
                "degrees of all")};
}

}  // namespace weft::bench
