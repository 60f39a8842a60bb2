#include "models/model.hpp"

#include <algorithm>

#include "models/inputs/features.hpp"
#include "models/layers/graph_conv.hpp"
#include "models/layers/linear.hpp"
#include "models/layers/sage_conv.hpp"

namespace weft::models {
namespace {

/// A kind of model: layers of one type, named as PyTorch's examples name them.
struct Kind {
  std::string_view name;
  const char* layers;
  bool uses_graph;
  std::unique_ptr<Layer> (*make)(Parameters& parameters, const std::string& name, std::int64_t in,
                                 std::int64_t out, float weight_decay);
};

template <class L>
std::unique_ptr<Layer> make_layer(Parameters& parameters, const std::string& name, std::int64_t in,
                                  std::int64_t out, float weight_decay) {
  return std::make_unique<L>(parameters, name, in, out, weight_decay);
}

template <class L>
constexpr Kind row(std::string_view name, const char* layers) {
  return {name, layers, L::kUsesGraph, make_layer<L>};
}

constexpr Kind kKinds[] = {row<GraphConv>("gcn", "convs"), row<Linear>("mlp", "lins"),
                           row<SageConv>("sage", "convs")};

const Kind& kind_of(std::string_view wanted) {
  const auto found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) { return k.name == wanted; });
  if (found != std::end(kKinds)) return *found;
  std::string known;
  for (const std::string_view name : model_kinds()) known.append(known.empty() ? "" : ", ").append(name);
  fail(ErrorCode::kNotFound, "no model '", wanted, "'; choose one of: ", known);
}

void check_sizes(const ModelOptions& options) {
  WEFT_CHECK(options.layers >= 1, "model: layers is ", options.layers, "; it must be at least 1");
  WEFT_CHECK(options.in > 0 && options.out > 0 && options.hidden > 0, "model: widths are ", options.in,
             " (features), ", options.hidden, " (hidden) and ", options.out,
             " (output); each must be positive");
}

/// Parameters are added layer by layer, batch norms after all layers: the order in which PyTorch lists them.
Encoder make_encoder(Parameters& parameters, const ModelOptions& options) {
  check_sizes(options);
  const Kind& kind = kind_of(options.kind);
  std::vector<std::unique_ptr<Layer>> layers;
  for (int i = 0; i < options.layers; ++i) {
    const bool decays = i == 0 || !options.weight_decay_first_layer_only;
    const std::int64_t in = i == 0 ? options.in : options.hidden;
    const std::int64_t out = i + 1 == options.layers ? options.out : options.hidden;
    layers.push_back(kind.make(parameters, kind.layers + ("." + std::to_string(i)), in, out,
                               decays ? options.weight_decay : 0.0f));
  }
  std::vector<ActivationBlock> blocks;
  for (int i = 0; i + 1 < options.layers; ++i) {
    blocks.emplace_back(
        parameters, "bns." + std::to_string(i), options.hidden,
        ActivationBlockOptions{options.batch_norm, true, options.dropout, static_cast<std::uint32_t>(i + 1)});
  }
  return {std::move(layers), std::move(blocks)};
}

}  // namespace

const std::vector<std::string_view>& model_kinds() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const Kind& kind : kKinds) all.push_back(kind.name);
    return all;
  }();
  return names;
}

bool kind_uses_graph(std::string_view kind) { return kind_of(kind).uses_graph; }

Model::Model(const ModelOptions& options)
    : layers_(options.layers),
      encoder_(make_encoder(parameters_, options)),
      input_(std::make_unique<Features>(parameters_, options.in, options.input_dropout,
                                        encoder_.uses_graph())) {}

void Model::allocate(Backend& backend) {
  parameters_.allocate(backend);
  encoder_.allocate(backend);
}

EncoderPass Model::forward(Recorder& recorder, const Batch& batch) const {
  return encoder_.forward(recorder, batch, input_->forward(recorder, batch));
}

}  // namespace weft::models
