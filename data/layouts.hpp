#pragma once
// One function per raw layout: from checked files to a RawDataset. What it hands out reads files when it is
// streamed, through `reader`, which must outlive it.
#include "data/raw_reader.hpp"

namespace weft::data {

/// Csv, one node type: ogbn-arxiv, -products, -proteins, debian, all ogbg sets, and folders of one's own,
/// which are graph datasets where there is a raw/graph-label (regression unless all labels are whole
/// numbers).
RawDataset read_homogeneous_csv(const RawReader& reader);

/// Csv, several node types: ogbn-mag, ogbl-biokg. Tables and relations by OGB's names, relations in OGB's
/// order.
RawDataset read_heterogeneous_csv(const RawReader& reader);

}  // namespace weft::data
