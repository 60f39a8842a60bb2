#pragma once
// Graphs to measure on: made up with the degrees of real ones, or read.
#include <filesystem>
#include <string>

#include "data/graph.hpp"

namespace weft::bench {

/// `pairs` pairs of nodes, both ways: one end drawn by a power law, as citations are, the other one evenly.
/// A pair may come twice. Node numbers say nothing about degrees or neighbours: no order helps the caches.
data::HostCsr power_law_graph(NodeId nodes, std::int64_t pairs);

/// A MatrixMarket file ("matrix coordinate", any field; general or symmetric), its values left out.
/// Errors: kNotFound, kBadData naming file and line, kUnsupported for another kind.
data::HostCsr read_matrix_market(const std::filesystem::path& file);

/// A dataset's graph made symmetric, with one self-loop per node. Errors: those of locate and
/// open_or_convert.
data::HostCsr dataset_graph(const std::string& name, const std::filesystem::path& root, int threads);

/// Edges of the longest row.
EdgeId longest_row(const CsrView& a);

}  // namespace weft::bench
