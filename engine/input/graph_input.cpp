#include "engine/input/graph_input.hpp"

#include <algorithm>

#include "data/graph/edge_weights.hpp"

namespace weft::engine {

GraphInput::GraphInput(const data::Dataset& dataset, const GraphOptions& options, const Backend& backend,
                       int threads, std::optional<Vec<const NodeId>> loss_rows)
    : uses_edge_weights_(engine::uses_edge_weights(dataset, options)) {
  const TransposeBy transposer = backend.reads_host_memory() ? TransposeBy::kHost : TransposeBy::kDevice;
  host_all_ = prepare_graph(dataset, options, threads, transposer);
  num_edges_ = host_all_.forward_view().num_edges;
  all_.emplace(host_all_, backend);
  note(dataset, options);
  if (!loss_rows) return;
  host_rows_ = restrict_rows(host_all_, *loss_rows, threads, transposer);
  rows_.emplace(host_rows_, backend);
}

void GraphInput::note(const data::Dataset& dataset, const GraphOptions& options) {
  const auto columns = dataset.edges().edge_columns.count(data::kEdgeWeight);
  if (uses_edge_weights_) {
    notes_.push_back(std::string("Edge weights are used") +
                     (options.symmetric ? ", both directions of an edge and repeats summed" : ""));
  } else if (data::weight_column(dataset.edges()) != nullptr) {
    notes_.push_back("Edge weights are ignored");
  } else if (columns > 0) {
    notes_.push_back("edge_weight is not used: it has several columns where a weight is one number");
  }
  const NodeId empty = host_all_.rows_without_edges;
  if (empty == 0) return;
  notes_.push_back(
      detail::concat(empty, " of ", dataset.nodes().rows, empty == 1 ? " nodes has" : " nodes have",
                     " no edge coming in: their neighbours add up to zeros (--self-loops makes each node "
                     "its own neighbour)"));
}

std::size_t GraphInput::bytes() const { return all_->bytes() + (rows_ ? rows_->bytes() : 0); }

std::size_t GraphInput::scratch_bytes() const {
  return std::max(all_->scratch_bytes(), rows_ ? rows_->scratch_bytes() : 0);
}

void GraphInput::place(Backend& backend, Stream& stream) {
  all_->place(host_all_, backend, stream);
  if (rows_) rows_->place(host_rows_, backend, stream);
  if (backend.reads_host_memory()) return;
  host_all_ = {};
  host_rows_ = {};
}

}  // namespace weft::engine
