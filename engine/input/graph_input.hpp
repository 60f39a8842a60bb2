#pragma once
// The graph as a model is given it: over all nodes and, to train, over the rows that reach the loss.
#include <optional>
#include <string>
#include <vector>

#include "engine/input/operator_on_backend.hpp"

namespace weft::engine {

class GraphInput {
 public:
  /// Prepares the graph on the host and takes none of the backend's memory; a plan may be recorded against
  /// it. `loss_rows`, ascending: those that reach the loss, where there is one. Errors: as prepare_graph().
  GraphInput(const data::Dataset& dataset, const GraphOptions& options, const Backend& backend, int threads,
             std::optional<Vec<const NodeId>> loss_rows);

  const models::GraphOperator& all() const { return all_->view(); }
  /// Null without `loss_rows`.
  const models::GraphOperator* loss_rows() const { return rows_ ? &rows_->view() : nullptr; }
  /// Where the loss rows' ids are in the backend's memory, for layers that read a node's own features too.
  void set_loss_rows(Vec<const NodeId> rows) {
    if (rows_) rows_->set_rows(rows);
  }
  EdgeId num_edges() const { return num_edges_; }
  bool uses_edge_weights() const { return uses_edge_weights_; }
  /// A line each: what becomes of edge weights, and how many nodes have no edge coming in.
  const std::vector<std::string>& notes() const { return notes_; }

  /// Bytes of the host's memory; and of the backend's that place() keeps, and needs while it works.
  std::size_t host_bytes() const { return host_all_.bytes() + host_rows_.bytes(); }
  std::size_t bytes() const;
  std::size_t scratch_bytes() const;
  /// Makes the views usable. On a device the host's copy is given back.
  void place(Backend& backend, Stream& stream);

 private:
  void note(const data::Dataset& dataset, const GraphOptions& options);

  HostOperator host_all_, host_rows_;
  std::optional<OperatorOnBackend> all_, rows_;
  EdgeId num_edges_ = 0;
  bool uses_edge_weights_ = false;
  std::vector<std::string> notes_;
};

}  // namespace weft::engine
