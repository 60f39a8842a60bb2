#pragma once
// The first nodes of a dataset with the edges among them, as a raw folder of its own.
#include <string>

#include "data/dataset.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::testing {

/// Features must be whole numbers, as debian's are. The split is the default one, called "own".
inline RawFiles cut_down(const data::Dataset& dataset, NodeId nodes) {
  const data::Array& stored = dataset.nodes().columns.at("node_feat");
  const data::Array& labels = dataset.nodes().columns.at("node_label");
  const CsrView graph = dataset.edges().csr;
  std::string features, label, edges, parts[3];
  std::int64_t edge_count = 0;
  for (NodeId v = 0; v < nodes; ++v) {
    for (std::int64_t c = 0; c < stored.cols(); ++c) {
      const std::int64_t at = v * stored.cols() + c;
      const auto count = stored.dtype == DType::kU8 ? std::int64_t{stored.as<std::uint8_t>()[at]}
                                                    : stored.as<std::int64_t>()[at];
      features += (c == 0 ? "" : ",") + std::to_string(count);
    }
    features += "\n";
    label += std::to_string(labels.as<std::int64_t>()[v]) + "\n";
    for (EdgeId e = graph.offsets[v]; e < graph.offsets[v + 1]; ++e) {
      if (graph.cols[e] >= nodes) continue;
      edges += std::to_string(graph.cols[e]) + "," + std::to_string(v) + "\n";
      ++edge_count;
    }
  }
  for (const data::Part part : data::kParts) {
    for (const std::int64_t v : dataset.split("")[part].at("node").as<std::int64_t>()) {
      if (v < nodes) parts[static_cast<std::size_t>(part)] += std::to_string(v) + "\n";
    }
  }
  RawFiles files;
  files.text = {{"raw/num-node-list.csv.gz", std::to_string(nodes) + "\n"},
                {"raw/num-edge-list.csv.gz", std::to_string(edge_count) + "\n"},
                {"raw/edge.csv.gz", edges},
                {"raw/node-feat.csv.gz", features},
                {"raw/node-label.csv.gz", label},
                {"split/own/train.csv.gz", parts[0]},
                {"split/own/valid.csv.gz", parts[1]},
                {"split/own/test.csv.gz", parts[2]}};
  return files;
}

}  // namespace weft::testing
