#include "engine/dataset_report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/graph.hpp"

namespace weft::engine {
namespace {

using data::Array;

/// Values of a label array as doubles; NaN where there is no label.
template <class T>
void widen(const Array& labels, std::vector<double>& out) {
  const Vec<const T> values = labels.as<T>();
  out.assign(values.begin(), values.end());
}

std::vector<double> label_values(const Array& labels) {
  std::vector<double> out;
  switch (labels.dtype) {
    case DType::kF32:
      widen<float>(labels, out);
      break;
    case DType::kF64:
      widen<double>(labels, out);
      break;
    case DType::kI32:
      widen<std::int32_t>(labels, out);
      break;
    case DType::kI64:
      widen<std::int64_t>(labels, out);
      break;
    case DType::kU8:
      widen<std::uint8_t>(labels, out);
      break;
    case DType::kBf16:
      fail(ErrorCode::kUnsupported, "labels are stored as bfloat16");
  }
  return out;
}

Degrees degrees(const std::vector<EdgeId>& counts) {
  if (counts.empty()) return {};
  const auto [low, high] = std::minmax_element(counts.begin(), counts.end());
  std::int64_t sum = 0;
  for (const EdgeId count : counts) sum += count;
  return {*low, static_cast<double>(sum) / static_cast<double>(counts.size()), *high};
}

void describe_graph(const CsrView& csr, int threads, DatasetInfo& info) {
  const std::vector<EdgeId> in = data::row_counts(csr);
  const std::vector<EdgeId> out = data::column_counts(csr, threads);
  info.num_edges = csr.num_edges;
  info.in_degree = degrees(in);
  info.out_degree = degrees(out);
  for (std::size_t node = 0; node < in.size(); ++node) info.isolated_nodes += in[node] + out[node] == 0;
  for (NodeId row = 0; row < csr.num_rows; ++row) {
    for (EdgeId e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) info.self_loops += csr.cols[e] == row;
  }
}

/// Share of edges between labelled nodes that join equal labels: edge homophily of Zhu et al., "Beyond
/// Homophily in Graph Neural Networks", NeurIPS 2020. `labels` [n, tasks]; the first task counts.
std::optional<double> homophily(const CsrView& csr, const std::vector<double>& labels, std::int64_t tasks) {
  std::int64_t known = 0;
  std::int64_t equal = 0;
  for (NodeId row = 0; row < csr.num_rows; ++row) {
    const double own = labels[static_cast<std::size_t>(row * tasks)];
    if (std::isnan(own)) continue;
    for (EdgeId e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) {
      const double other = labels[static_cast<std::size_t>(csr.cols[e] * tasks)];
      known += !std::isnan(other);
      equal += own == other;
    }
  }
  if (known == 0) return std::nullopt;
  return static_cast<double>(equal) / static_cast<double>(known);
}

void describe_labels(const Array& array, const CsrView& csr, DatasetInfo& info) {
  const std::vector<double> labels = label_values(array);
  const std::int64_t tasks = std::max<std::int64_t>(1, array.cols());
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::int64_t row = 0; row < array.rows(); ++row) {
    bool labelled = false;
    for (std::int64_t task = 0; task < tasks; ++task) {
      const double label = labels[static_cast<std::size_t>(row * tasks + task)];
      if (std::isnan(label)) continue;
      labelled = true;
      low = std::min(low, label);
      high = std::max(high, label);
    }
    info.unlabelled_nodes += !labelled;
  }
  if (low <= high) info.label_range = {low, high};
  if (csr.num_rows == array.rows()) info.homophily = homophily(csr, labels, tasks);
}

SplitInfo describe_split(const std::string& name, const data::Split& split) {
  SplitInfo info{name, {}};
  for (const data::Part part : data::kParts) {
    const auto nodes = split[part].find(data::kNodeType);
    if (nodes != split[part].end()) info.sizes[static_cast<std::size_t>(part)] = nodes->second.rows();
  }
  return info;
}

}  // namespace

DatasetInfo describe(const data::Dataset& dataset, int threads) {
  DatasetInfo info;
  info.name = dataset.facts.name;
  info.task_type = dataset.facts.task_type;
  info.metric = dataset.facts.metric;
  info.num_tasks = dataset.facts.num_tasks;
  info.num_classes = dataset.facts.num_classes;
  info.add_inverse_edge = dataset.facts.add_inverse_edge;
  info.default_split = dataset.facts.default_split;
  const data::Table& nodes = dataset.nodes();
  const CsrView& csr = dataset.edges().csr;
  info.num_nodes = nodes.rows;
  describe_graph(csr, threads, info);
  if (const auto features = nodes.columns.find("node_feat"); features != nodes.columns.end()) {
    info.feature_columns = features->second.cols();
    info.feature_type = dtype_name(features->second.dtype);
  }
  if (const auto labels = nodes.columns.find("node_label"); labels != nodes.columns.end()) {
    describe_labels(labels->second, csr, info);
  }
  for (const auto& [name, split] : dataset.splits) info.splits.push_back(describe_split(name, split));
  return info;
}

}  // namespace weft::engine
