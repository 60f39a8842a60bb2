#include "data/graph/edge_weights.hpp"

#include <cmath>

#include "data/base/parallel.hpp"
#include "data/values.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {

const Array* weight_column(const Relation& relation) {
  const auto found = relation.edge_columns.find(kEdgeWeight);
  if (found == relation.edge_columns.end() || found->second.cols() != 1) return nullptr;
  return &found->second;
}

std::vector<float> edge_weights(const Dataset& dataset, const Relation& relation, int threads) {
  const Array& column = *weight_column(relation);
  const EdgeId per_row = dataset.facts.add_inverse_edge ? 2 : 1;
  std::vector<float> weights(static_cast<std::size_t>(relation.csr.num_edges));
  visit_values(column, [&](const auto* values) {
    for (std::int64_t row = 0; row < column.rows(); ++row) {
      if (std::isfinite(widened<float>(values[row]))) continue;
      fail(ErrorCode::kBadData, dataset.facts.name, ": ", kEdgeWeight, ": row ", row, " is ",
           widened<double>(values[row]),
           ", which is no weight; correct it and convert again, or give --edge-weights ignore");
    }
    parallel_ranges(relation.csr.num_edges, threads, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t e = begin; e < end; ++e)
        weights[static_cast<std::size_t>(e)] = widened<float>(values[relation.csr.edge_ids[e] / per_row]);
    });
  });
  return weights;
}

}  // namespace weft::data
