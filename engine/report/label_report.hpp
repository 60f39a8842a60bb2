#pragma once
// What `weft info` tells about labels.
#include <vector>

#include "data/dataset.hpp"
#include "engine/include/weft/weft.hpp"

namespace weft::engine {

/// The values as doubles, row-major; NaN where there is none.
std::vector<double> label_values(const data::Array& labels);

/// `num_classes` below 1: regression, no classes are counted.
LabelInfo describe_labels(const std::string& of, const data::Array& labels, std::int64_t num_classes);

/// Share of edges between labelled nodes that join equal labels: edge homophily of Zhu et al., "Beyond
/// Homophily in Graph Neural Networks", NeurIPS 2020. `labels` [n, tasks] of rows and columns of the graph;
/// the first task counts. None when no edge joins two labelled nodes.
std::optional<double> homophily(const CsrView& csr, const data::Array& labels);

}  // namespace weft::engine
