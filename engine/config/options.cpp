#include "engine/config/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "models/model.hpp"

namespace weft::engine {
namespace {

using C = TrainConfig;
using M = ModelOptions;
using F = FeatureOptions;
using G = GraphOptions;
using O = OptimizerOptions;
using R = RunOptions;
using P = ComputeOptions;

template <auto Member, auto... Rest, class Object>
auto& follow(Object& object) {
  if constexpr (sizeof...(Rest) == 0)
    return object.*Member;
  else
    return follow<Rest...>(object.*Member);
}

/// The member that is reached by this path of members from a configuration.
template <auto... Path>
constexpr auto at() {
  using T = std::remove_reference_t<decltype(follow<Path...>(std::declval<TrainConfig&>()))>;
  return Access<T>{[](const TrainConfig& config) -> const T& { return follow<Path...>(config); },
                   [](TrainConfig& config) -> T& { return follow<Path...>(config); }};
}

/// A row of the table.
class Row {
 public:
  Row(std::string_view key, std::string_view help, Field field) {
    option_.key = key;
    option_.help = help;
    option_.field = field;
  }
  Row&& unit(std::string_view text) && { return option_.unit = text, std::move(*this); }
  Row&& range(const Range& range) && { return option_.range = range, std::move(*this); }
  Row&& choices(std::vector<std::string_view> texts) && {
    return option_.choices = std::move(texts), std::move(*this);
  }
  Row&& place() && { return option_.scope = Scope::kPlace, std::move(*this); }
  Row&& idle(const Idle& when) && { return option_.idle = when, std::move(*this); }
  operator Option() && { return std::move(option_); }  // NOLINT: a row is how an option is written

 private:
  Option option_;
};

constexpr double kMaxInt = std::numeric_limits<int>::max();
constexpr double kMaxSeed = 9007199254740992.0;  // 2^53: exact in every JSON reader

constexpr Idle kNoGraph{[](const C& c) { return !models::kind_uses_graph(c.model.kind); },
                        "this model uses no graph"};
constexpr Idle kNoHidden{[](const C& c) { return c.model.layers == 1; },
                         "one layer has no channels between layers"};
constexpr Idle kOnlyLast{[](const C& c) { return c.model.layers == 1; },
                         "it is for layers but the last, and there is one"};
constexpr Idle kNoDecay{[](const C& c) { return c.optimizer.weight_decay == 0.0; }, "weight decay is 0"};
constexpr Idle kMadeUp{[](const C& c) { return c.features.source != "file"; }, "the features are made up"};
constexpr Idle kNoFiles{[](const C& c) { return c.run.out.empty(); }, "nothing is kept without --out"};

}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> table{
      Row("recipe", "recipe that these values started from", at<&C::recipe>()).place(),
      Row("dataset", "dataset or folder", at<&C::dataset>()).place(),
      Row("split", "split; empty is the dataset's default", at<&C::split>()),

      Row("model", "kind of model", at<&C::model, &M::kind>()).choices(models::model_kinds()),
      Row("layers", "layers", at<&C::model, &M::layers>()).range({1, 64}),
      Row("hidden", "channels between layers", at<&C::model, &M::hidden>()).range({1, 65536}).idle(kNoHidden),
      Row("dropout", "share dropped after each layer but the last", at<&C::model, &M::dropout>())
          .range({0, 1, false, true})
          .idle(kOnlyLast),
      Row("input_dropout", "share of the features dropped", at<&C::model, &M::input_dropout>())
          .range({0, 1, false, true}),
      Row("batch_norm", "normalise over nodes after each layer but the last", at<&C::model, &M::batch_norm>())
          .idle(kOnlyLast),

      Row("features", "the dataset's features, or D random ones per node, whose scores mean nothing",
          at<&C::features, &F::source>())
          .choices({"file", "random:D"}),
      Row("log1p", "log(1 + x) of features that are counts: whole numbers from 0, some above 1",
          at<&C::features, &F::log1p>())
          .idle(kMadeUp),
      Row("row_normalize", "divide each node's features by their sum", at<&C::features, &F::row_normalize>()),

      Row("edge_weights", "weights of the edges, where the dataset has a column edge_weight",
          at<&C::graph, &G::edge_weights>())
          .choices({"use", "ignore"})
          .idle(kNoGraph),
      Row("symmetric", "join the graph with its transpose", at<&C::graph, &G::symmetric>()).idle(kNoGraph),
      Row("self_loops", "give every node exactly one self-loop", at<&C::graph, &G::self_loops>())
          .idle(kNoGraph),
      Row("norm",
          "both: out-degree at the source, in-degree at the target; gcn: in-degree at both; "
          "mean: 1 / in-degree at the target",
          at<&C::graph, &G::norm>())
          .choices({"both", "gcn", "mean"})
          .idle(kNoGraph),

      Row("lr", "Adam's learning rate", at<&C::optimizer, &O::lr>())
          .unit("per step")
          .range({0, 1000, true, false}),
      Row("weight_decay", "L2 penalty added to gradients", at<&C::optimizer, &O::weight_decay>())
          .unit("per step")
          .range({0, 1000}),
      Row("weight_decay_on", "parameters that weight decay holds for",
          at<&C::optimizer, &O::weight_decay_on>())
          .choices({"all", "first-layer"})
          .idle(kNoDecay),

      Row("epochs", "most epochs of a run", at<&C::run, &R::epochs>()).range({1, kMaxInt}),
      Row("runs", "runs; run i (from 0) uses seed + i", at<&C::run, &R::runs>()).range({1, 100000}),
      Row("eval_every", "epochs from one evaluation to the next", at<&C::run, &R::eval_every>())
          .range({1, kMaxInt}),
      Row("patience", "epochs without a better validation score that end a run; 0 is off",
          at<&C::run, &R::patience>())
          .range({0, kMaxInt}),
      Row("select", "the epoch that a run reports: the best on validation, or the last",
          at<&C::run, &R::select>())
          .choices({"valid", "last"}),
      Row("seed", "seed of the first run", at<&C::run, &R::seed>()).range({0, kMaxSeed}),

      Row("precision", "how activations are stored; bf16 is for GPUs and halves their traffic",
          at<&C::compute, &P::precision>())
          .choices({"fp32", "bf16"}),
      Row("math", "how dense products round their factors; tf32 is for GPUs, on tensor cores",
          at<&C::compute, &P::math>())
          .choices({"fp32", "tf32"}),
      Row("checkpoint_every", "epochs from one saved state to the next", at<&C::run, &R::checkpoint_every>())
          .range({1, kMaxInt})
          .place()
          .idle(kNoFiles),
      Row("device", "where to compute", at<&C::compute, &P::device>())
          .choices({"auto", "cpu", "cuda"})
          .place(),
      Row("threads", "threads; 0 is every CPU the process may use", at<&C::compute, &P::threads>())
          .range({0, 1024})
          .place(),
  };
  return table;
}

const Option* find_option(std::string_view key) {
  for (const Option& option : options()) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

std::string flag_name(std::string_view key) {
  std::string flag = fmt::format("--{}", key);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::vector<std::string> idle_options(const TrainConfig& config, const Settings& settings) {
  std::vector<std::string> lines;
  for (const Option& option : options()) {
    const bool given = std::any_of(settings.begin(), settings.end(),
                                   [&](const auto& one) { return one.first == option.key; });
    if (!given || option.idle.holds == nullptr || !option.idle.holds(config)) continue;
    lines.push_back(fmt::format("{} has no effect: {}", flag_name(option.key), option.idle.why));
  }
  return lines;
}

}  // namespace weft::engine
