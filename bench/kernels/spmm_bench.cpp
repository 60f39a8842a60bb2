// The sparse product on a graph of ogbn-arxiv's size made symmetric (169,343 nodes, 2.3 million edges) whose
// degrees follow a power law.
#include <algorithm>
#include <cmath>

#include "bench/support/op_bench.hpp"

namespace weft::bench {
namespace {

constexpr NodeId kNodes = 169343;
constexpr std::int64_t kPairs = 1157799;

struct HostGraph {
  std::vector<EdgeId> offsets;
  std::vector<NodeId> cols;
};

/// Pairs of nodes, both ways. Node numbers say nothing about degrees or neighbours: no order helps the
/// caches.
HostGraph power_law_graph() {
  std::minstd_rand random(7);
  std::vector<NodeId> shuffled(kNodes);
  for (NodeId i = 0; i < kNodes; ++i) shuffled[static_cast<std::size_t>(i)] = i;
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  const auto uniform = [&] { return static_cast<double>(random()) / 2147483648.0; };
  // Rank r is drawn with density r^-0.6: the first has some thousands of edges, the last a handful.
  const auto endpoint = [&] { return shuffled[static_cast<std::size_t>(kNodes * std::pow(uniform(), 2.5))]; };
  std::vector<std::pair<NodeId, NodeId>> edges;
  for (std::int64_t i = 0; i < kPairs; ++i) {
    const NodeId a = endpoint();
    const NodeId b = shuffled[static_cast<std::size_t>(kNodes * uniform())];
    edges.push_back({a, b});
    edges.push_back({b, a});
  }
  std::sort(edges.begin(), edges.end());
  HostGraph graph;
  graph.offsets.assign(kNodes + 1, 0);
  for (const auto& [row, col] : edges) {
    ++graph.offsets[static_cast<std::size_t>(row) + 1];
    graph.cols.push_back(col);
  }
  for (std::size_t i = 1; i < graph.offsets.size(); ++i) graph.offsets[i] += graph.offsets[i - 1];
  return graph;
}

/// GB/s counts a row of x for every edge, as if none were found in a cache.
void spmm(benchmark::State& state) {
  static const HostGraph host = power_law_graph();
  const std::int64_t c = state.range(0);
  const auto edges = static_cast<EdgeId>(host.cols.size());
  const CsrView a{kNodes, kNodes, edges, host.offsets.data(), host.cols.data(), nullptr, nullptr};
  Workspace work(0);
  const Csr graph(backend(), work.stream, a);
  const Matrix x = filled_matrix(kNodes, c);
  const Matrix y = filled_matrix(kNodes, c);
  const Matrix scale = filled_matrix(kNodes, 1);
  const Vec<const float> scales = {scale.view().f32(), kNodes};
  const SpmmOptions options = state.range(1) != 0 ? SpmmOptions{scales, scales, {}} : SpmmOptions{};
  const double flops = 2.0 * static_cast<double>(edges * c);
  const double bytes = 4.0 * static_cast<double>(edges * (c + 1) + kNodes * c);
  measure(state, flops, bytes,
          [&] { backend().spmm(work.stream, graph.view(), x.view(), y.view(), options); });
}

void read_memory(benchmark::State& state) {
  for (auto _ : state) state.counters["GB/s"] = measured_read_bandwidth(usable_cpus()) / 1e9;
}

BENCHMARK(read_memory)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(spmm)->ArgNames({"c", "scaled"})->ArgsProduct({{256, 128, 40}, {0, 1}})->Apply(common_options);

}  // namespace
}  // namespace weft::bench
