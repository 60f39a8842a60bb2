#pragma once
// Graphs to measure on: made up with the degrees of real ones, or read.
#include <filesystem>
#include <string>
#include <vector>

#include "data/graph/graph.hpp"

namespace weft::bench {

/// `pairs` pairs of nodes, both ways: one end drawn by a power law, as citations are, the other one evenly.
/// A pair may come twice. Node numbers say nothing about degrees or neighbours: no order helps the caches.
data::HostCsr power_law_graph(NodeId nodes, std::int64_t pairs);

/// A MatrixMarket file ("matrix coordinate", any field; general or symmetric), its values left out.
/// Errors: kNotFound, kBadData naming file and line, kUnsupported for another kind, and for what
/// is not square.
data::HostCsr read_matrix_market(const std::filesystem::path& file);

/// A dataset's graph made symmetric, with one self-loop per node; its nodes lie as in the cache or, with
/// `by_id`, as in the raw files. Errors: those of locate and open_or_convert.
data::HostCsr dataset_graph(const std::string& name, const std::filesystem::path& root, bool by_id,
                            int threads);

/// `a` [n, n] with rows and columns in `order`, a permutation: row and column i are order[i] of `a`. No edge
/// ids.
data::HostCsr permuted(const CsrView& a, const std::vector<NodeId>& order, int threads);

/// Edges of the longest row.
EdgeId longest_row(const CsrView& a);

}  // namespace weft::bench
