// The sparse product on a graph of ogbn-arxiv's size made symmetric (169,343 nodes, 2.3 million edges) whose
// degrees follow a power law.
#include "bench/support/graphs.hpp"
#include "bench/support/op_bench.hpp"

namespace weft::bench {
namespace {

constexpr NodeId kNodes = 169343;
constexpr std::int64_t kPairs = 1157799;

/// GB/s counts a row of x for every edge, as if none were found in a cache.
void spmm(benchmark::State& state) {
  static const data::HostCsr host = power_law_graph(kNodes, kPairs);
  const std::int64_t c = state.range(0);
  const auto edges = static_cast<EdgeId>(host.cols.size());
  Workspace work(0);
  const Csr graph(backend(), work.stream, host.view());
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
