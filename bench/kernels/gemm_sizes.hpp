#pragma once
// The dense products' sizes in training on ogbn-arxiv.
#include <utility>

#include "bench/support/op_bench.hpp"

namespace weft::bench {

struct Sizes {
  std::int64_t n;
  std::int64_t c;
  std::int64_t h;

  explicit Sizes(const benchmark::State& state) : n(state.range(0)), c(state.range(1)), h(state.range(2)) {}
  double flops() const {
    return 2.0 * static_cast<double>(n) * static_cast<double>(c) * static_cast<double>(h);
  }
  double bytes() const { return 4.0 * static_cast<double>(n * c + c * h + n * h); }
};

inline void sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"n", "c", "h"})->Apply(common_options);
  for (const auto& [c, h] : {std::pair{128, 256}, std::pair{256, 256}, std::pair{256, 40}}) {
    bench->Args({169343, c, h});
  }
}

}  // namespace weft::bench
