#include "engine/input/fingerprint.hpp"

#include <fmt/format.h>

#include "data/base/checksum.hpp"

namespace weft::engine {
namespace {

/// CRC-32 of arrays one after the other, each behind its name, type and shape.
class Sum {
 public:
  void add(const std::string& name, const data::Array& array) {
    add(name.data(), name.size());
    add(&array.dtype, sizeof(array.dtype));
    add(array.shape.data(), array.shape.size() * sizeof(array.shape[0]));
    add(array.data, array.bytes());
  }
  void add(const data::Arrays& arrays, const std::string& name) {
    if (const auto found = arrays.find(name); found != arrays.end()) add(name, found->second);
  }
  void add(const void* data, std::size_t bytes) {
    if (bytes > 0) sum_ = data::crc32(sum_, data, bytes);
  }
  std::string text() const { return fmt::format("{:08x}", sum_); }

 private:
  std::uint32_t sum_ = 0;
};

Sum of_graph(const data::Relation& edges) {
  const CsrView& csr = edges.csr;
  const auto count = static_cast<std::size_t>(csr.num_edges);
  Sum sum;
  sum.add(csr.offsets, (static_cast<std::size_t>(csr.num_rows) + 1) * sizeof(EdgeId));
  sum.add(csr.cols, count * sizeof(NodeId));
  if (edges.edge_columns.count("edge_weight") == 0) return sum;
  sum.add(edges.edge_columns, "edge_weight");
  if (csr.edge_ids != nullptr) sum.add(csr.edge_ids, count * sizeof(EdgeId));  // whose weight is whose
  return sum;
}

Sum of_features(const data::Dataset& dataset) {
  Sum sum;
  sum.add(dataset.nodes().columns, "node_feat");
  for (const char* name : {data::kFeatureOffsets, data::kFeatureColumns, data::kFeatureValues}) {
    sum.add(dataset.arrays, name);
  }
  return sum;
}

Sum of_labels(const data::Dataset& dataset) {
  Sum sum;
  sum.add(dataset.nodes().columns, "node_label");
  return sum;
}

Sum of_split(const data::Split& split) {
  Sum sum;
  for (const data::Part part : data::kParts) {
    for (const auto& [name, array] : split[part]) sum.add(name, array);
  }
  return sum;
}

}  // namespace

std::map<std::string, std::string> fingerprint(const data::Dataset& dataset, const std::string& split,
                                               const FeatureOptions& options) {
  std::map<std::string, std::string> sums{{"graph", of_graph(dataset.edges()).text()},
                                          {"labels", of_labels(dataset).text()},
                                          {"split", of_split(dataset.split(split)).text()}};
  if (options.source == "file") sums["features"] = of_features(dataset).text();
  return sums;
}

}  // namespace weft::engine
