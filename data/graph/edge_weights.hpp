#pragma once
// The weights of edges: the column "edge_weight" of a relation, one finite number per raw edge.
#include <vector>

#include "data/dataset.hpp"

namespace weft::data {

inline constexpr const char* kEdgeWeight = "edge_weight";

/// [raw edges] or [raw edges, 1]; null without one. Several numbers per edge are features, not weights.
const Array* weight_column(const Relation& relation);

/// The weight of every entry of the CSR, in its order; both directions of an added inverse edge weigh the
/// same. There must be a weight column. Errors: kBadData naming row and value of one that is not finite.
std::vector<float> edge_weights(const Dataset& dataset, const Relation& relation, int threads);

}  // namespace weft::data
