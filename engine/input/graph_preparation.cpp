#include "engine/input/graph_preparation.hpp"

#include <algorithm>
#include <cmath>

#include "data/graph/edge_weights.hpp"
#include "kernels/base/error.hpp"

namespace weft::engine {
namespace {

template <class T>
std::size_t bytes_of(const std::vector<T>& v) {
  return v.size() * sizeof(T);
}

template <class Degree>
std::vector<float> inverse_roots(const std::vector<Degree>& degrees, float of_zero) {
  std::vector<float> scale;
  scale.reserve(degrees.size());
  for (const Degree degree : degrees) {
    scale.push_back(degree == 0 ? of_zero : static_cast<float>(1.0 / std::sqrt(static_cast<double>(degree))));
  }
  return scale;
}

std::vector<float> inverses(const std::vector<EdgeId>& degrees) {
  std::vector<float> scale;
  scale.reserve(degrees.size());
  for (const EdgeId degree : degrees)
    scale.push_back(degree == 0 ? 0.0f : static_cast<float>(1.0 / static_cast<double>(degree)));
  return scale;
}

EdgeId largest(const std::vector<EdgeId>& counts) {
  return counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
}

data::HostCsr copy_structure(const CsrView& a) {
  data::HostCsr copy;
  copy.num_rows = a.num_rows;
  copy.num_cols = a.num_cols;
  copy.offsets.assign(a.offsets, a.offsets + a.num_rows + 1);
  copy.cols.assign(a.cols, a.cols + a.num_edges);
  if (a.weights != nullptr) copy.weights.assign(a.weights, a.weights + a.num_edges);
  return copy;
}

std::vector<float> inverse_roots_of_sums(const CsrView& a, const data::Dataset& dataset) {
  const std::vector<double> sums = data::row_sums(a);
  const auto negative = std::find_if(sums.begin(), sums.end(), [](double sum) { return sum < 0.0; });
  if (negative != sums.end()) {
    fail(ErrorCode::kUnsupported, dataset.facts.name, ": the weights of the edges into node ",
         dataset.original_id(negative - sums.begin()), " add up to ", *negative,
         ", and norm = gcn divides by the root of that; give --norm both, or --edge-weights ignore");
  }
  return inverse_roots(sums, 0.0f);
}

}  // namespace

CsrView HostOperator::forward_view() const {
  CsrView view = forward.view();
  view.longest_row = longest_row;
  return view;
}

CsrView HostOperator::backward_view() const {
  if (symmetric) return forward_view();
  const CsrView a = forward.view();
  CsrView view{a.num_cols, a.num_rows, a.num_edges};
  if (!backward.offsets.empty()) view = backward.view();
  view.longest_row = longest_column;
  return view;
}

std::size_t HostOperator::bytes() const {
  return bytes_of(forward.offsets) + bytes_of(forward.cols) + bytes_of(forward.weights) +
         bytes_of(backward.offsets) + bytes_of(backward.cols) + bytes_of(backward.weights) +
         bytes_of(row_scale) + bytes_of(col_scale);
}

bool uses_edge_weights(const data::Dataset& dataset, const GraphOptions& options) {
  return options.edge_weights == "use" && data::weight_column(dataset.edges()) != nullptr;
}

HostOperator prepare_graph(const data::Dataset& dataset, const GraphOptions& options, int threads,
                           TransposeBy transposer) {
  CsrView raw = dataset.edges().csr;
  std::vector<float> weights;
  if (uses_edge_weights(dataset, options)) weights = data::edge_weights(dataset, dataset.edges(), threads);
  raw.weights = weights.empty() ? nullptr : weights.data();
  HostOperator op;
  op.symmetric = options.symmetric;
  op.forward = options.symmetric ? data::symmetrize(raw, threads) : copy_structure(raw);
  if (options.self_loops) op.forward = data::with_self_loops(op.forward.view(), threads);
  if (!op.symmetric && (transposer == TransposeBy::kHost || !weights.empty())) {
    op.backward = data::transpose(op.forward.view(), threads);
  }

  const std::vector<EdgeId> in_degrees = data::row_counts(op.forward.view());
  const std::vector<EdgeId> out_degrees =
      op.symmetric ? in_degrees : data::column_counts(op.forward.view(), threads);
  op.longest_row = largest(in_degrees);
  op.longest_column = largest(out_degrees);
  op.rows_without_edges = static_cast<NodeId>(std::count(in_degrees.begin(), in_degrees.end(), 0));
  if (options.norm == "gcn") {
    op.row_scale = op.col_scale = inverse_roots_of_sums(op.forward.view(), dataset);
  } else if (options.norm == "mean") {
    op.row_scale = inverses(in_degrees);
  } else {
    op.row_scale = inverse_roots(in_degrees, 1.0f);
    op.col_scale = inverse_roots(out_degrees, 1.0f);
  }
  return op;
}

HostOperator restrict_rows(const HostOperator& all, Vec<const NodeId> rows, int threads,
                           TransposeBy transposer) {
  HostOperator op;
  op.forward = data::select_rows(all.forward_view(), rows, threads);
  if (transposer == TransposeBy::kHost || !op.forward.weights.empty())
    op.backward = data::transpose(op.forward.view(), threads);
  op.longest_row = largest(data::row_counts(op.forward.view()));
  op.longest_column = largest(data::column_counts(op.forward.view(), threads));
  op.col_scale = all.col_scale;
  op.row_scale.reserve(static_cast<std::size_t>(rows.size));
  for (const NodeId row : rows) op.row_scale.push_back(all.row_scale[static_cast<std::size_t>(row)]);
  return op;
}

}  // namespace weft::engine
