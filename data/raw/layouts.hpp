#pragma once
// One function per raw layout: from checked files to a RawDataset. What it hands out reads files when it is
// streamed, through `reader`, which must outlive it.
#include "data/raw/raw_reader.hpp"

namespace weft::data {

/// Csv, one node type: ogbn-arxiv, -products, -proteins, debian, all ogbg sets, and folders of one's own,
/// which are graph datasets where there is a raw/graph-label (regression unless all labels are whole
/// numbers).
RawDataset read_homogeneous_csv(const RawReader& reader);

/// Csv, several node types: ogbn-mag, ogbl-biokg. Tables and relations by OGB's names, relations in OGB's
/// order.
RawDataset read_heterogeneous_csv(const RawReader& reader);

/// raw/data.npz, one node type: ogbn-papers100M, ogbl-vessel, and folders of one's own: graph datasets where
/// there is a raw/graph-label.npz, link datasets where there are no labels and splits of edges.
/// Errors: kUnsupported for inverse edges.
RawDataset read_homogeneous_npz(const RawReader& reader);

/// location.file: graph, labels, and features and a split where there are any. Takes no RawReader, which is
/// about folders; the options must outlive the result.
RawDataset read_own_npz(const Location& location, const ConvertOptions& options);
/// Names of the file's arrays that read_own_npz() does not look at; its split is one where another file has
/// it.
std::vector<std::string> unused_arrays(const std::filesystem::path& path, bool split_elsewhere);

}  // namespace weft::data
