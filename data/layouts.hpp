#pragma once
// One function per raw layout: from checked files to a RawDataset. What it hands out reads files when it is
// streamed, through `reader`, which must outlive it.
#include "data/raw_reader.hpp"

namespace weft::data {

/// Csv, one node type: ogbn-arxiv, -products, -proteins, debian, and folders of one's own.
RawDataset read_homogeneous_csv(const RawReader& reader);

}  // namespace weft::data
