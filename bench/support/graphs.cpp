#include "bench/support/graphs.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

#include "data/cache/convert.hpp"
#include "data/graph/node_order.hpp"
#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

struct Edges {
  std::vector<NodeId> source, target;

  void add(NodeId from, NodeId to) {
    source.push_back(from);
    target.push_back(to);
  }
  data::HostCsr csr(NodeId nodes, int threads) const {
    const auto count = static_cast<std::int64_t>(source.size());
    data::HostCsr a =
        data::csr_from_edges({source.data(), count}, {target.data(), count}, nodes, nodes, false, threads);
    a.edge_ids = {};
    return a;
  }
};

struct MatrixMarketHeader {
  bool symmetric = false;
};

MatrixMarketHeader read_banner(const std::string& line, const std::string& file) {
  std::istringstream words(line);
  std::string banner, object, format, field, symmetry;
  words >> banner >> object >> format >> field >> symmetry;
  if (banner != "%%MatrixMarket" || object != "matrix") {
    fail(ErrorCode::kBadData, file, ":1: is no MatrixMarket matrix");
  }
  if (format != "coordinate" || (symmetry != "general" && symmetry != "symmetric")) {
    fail(ErrorCode::kUnsupported, file, ": '", format, " ", field, " ", symmetry,
         "'; coordinate matrices that are general or symmetric can be read");
  }
  return {symmetry == "symmetric"};
}

}  // namespace

data::HostCsr power_law_graph(NodeId nodes, std::int64_t pairs) {
  std::minstd_rand random(7);
  std::vector<NodeId> shuffled(static_cast<std::size_t>(nodes));
  for (NodeId i = 0; i < nodes; ++i) shuffled[static_cast<std::size_t>(i)] = i;
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  const auto uniform = [&] { return static_cast<double>(random()) / 2147483648.0; };
  const auto pick = [&](double share) { return shuffled[static_cast<std::size_t>(nodes * share)]; };
  Edges edges;
  for (std::int64_t i = 0; i < pairs; ++i) {
    // Rank r is drawn with density r^-0.6: of 169,343 nodes the first has some thousands of edges, the last a
    // handful.
    const NodeId a = pick(std::pow(uniform(), 2.5));
    const NodeId b = pick(uniform());
    edges.add(a, b);
    edges.add(b, a);
  }
  return edges.csr(nodes, 1);
}

data::HostCsr read_matrix_market(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) fail(ErrorCode::kNotFound, file.string(), ": cannot be read");
  const MatrixMarketHeader header = read_banner(line, file.string());
  std::int64_t number = 1;
  const auto next = [&] {
    do {
      ++number;
      if (!std::getline(in, line)) fail(ErrorCode::kBadData, file.string(), ":", number, ": ends too early");
    } while (line.empty() || line[0] == '%');
    return std::istringstream(line);
  };
  NodeId rows = 0, cols = 0;
  EdgeId count = 0;
  if (!(next() >> rows >> cols >> count) || rows <= 0 || cols <= 0 || count < 0) {
    fail(ErrorCode::kBadData, file.string(), ":", number, ": '", line,
         "' are no sizes; rows, columns and entries are wanted");
  }
  if (rows != cols) {
    fail(ErrorCode::kUnsupported, file.string(), ":", number, ": is ", rows, " by ", cols,
         "; square matrices can be measured");
  }
  Edges edges;
  for (EdgeId e = 0; e < count; ++e) {
    NodeId row = 0, col = 0;
    if (!(next() >> row >> col) || row < 1 || row > rows || col < 1 || col > cols) {
      fail(ErrorCode::kBadData, file.string(), ":", number, ": '", line, "' is no entry of a ", rows, " by ",
           cols, " matrix");
    }
    edges.add(col - 1, row - 1);
    if (header.symmetric && row != col) edges.add(row - 1, col - 1);
  }
  while (std::getline(in, line)) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos || line[0] == '%') continue;
    fail(ErrorCode::kBadData, file.string(), ":", number, ": '", line, "' is more than the ", count,
         " entries that were announced; correct their number or the entries");
  }
  return edges.csr(rows, 1);
}

data::HostCsr dataset_graph(const std::string& name, const std::filesystem::path& root, bool by_id,
                            int threads) {
  data::ConvertOptions options;
  options.threads = threads;
  options.features_may_lack = true;
  const data::Dataset dataset = data::open_or_convert(data::locate(name, root), options);
  const data::HostCsr both_ways = data::symmetrize(dataset.edges().csr, threads);
  data::HostCsr graph = data::with_self_loops(both_ways.view(), threads);
  const Vec<const NodeId> order = dataset.node_order();
  if (!by_id || order.empty()) return graph;
  return permuted(graph.view(), data::inverse_order({order.begin(), order.end()}), threads);
}

data::HostCsr permuted(const CsrView& a, const std::vector<NodeId>& order, int threads) {
  data::HostCsr b = data::select_rows(a, {order.data(), static_cast<std::int64_t>(order.size())}, threads);
  const std::vector<NodeId> row_of = data::inverse_order(order);
  for (NodeId& col : b.cols) col = row_of[static_cast<std::size_t>(col)];
  for (NodeId row = 0; row < b.num_rows; ++row) {
    NodeId* const cols = b.cols.data();
    std::sort(cols + b.offsets[static_cast<std::size_t>(row)],
              cols + b.offsets[static_cast<std::size_t>(row) + 1]);
  }
  return b;
}

EdgeId longest_row(const CsrView& a) {
  EdgeId longest = 0;
  for (NodeId r = 0; r < a.num_rows; ++r) longest = std::max(longest, a.offsets[r + 1] - a.offsets[r]);
  return longest;
}

}  // namespace weft::bench
