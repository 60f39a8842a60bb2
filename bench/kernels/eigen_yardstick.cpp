// Eigen's dense products on all processors: the yardstick of gemm_bench.cpp. Compiled for the machine it is
// built on.
#include <Eigen/Core>

#include "bench/kernels/gemm_sizes.hpp"

namespace weft::bench {
namespace {

using EigenMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

EigenMatrix eigen_matrix(std::int64_t rows, std::int64_t cols) { return EigenMatrix::Random(rows, cols); }

void eigen_gemm(benchmark::State& state) {
  const Sizes s(state);
  const EigenMatrix a = eigen_matrix(s.n, s.c);
  const EigenMatrix b = eigen_matrix(s.c, s.h);
  EigenMatrix out(s.n, s.h);
  measure(state, s.flops(), s.bytes(), [&] { out.noalias() = a * b; });
}

void eigen_gemm_tn(benchmark::State& state) {
  const Sizes s(state);
  const EigenMatrix a = eigen_matrix(s.n, s.c);
  const EigenMatrix b = eigen_matrix(s.n, s.h);
  EigenMatrix out = EigenMatrix::Zero(s.c, s.h);
  measure(state, s.flops(), s.bytes(), [&] { out.noalias() += a.transpose() * b; });
}

BENCHMARK(eigen_gemm)->Apply(sizes);
BENCHMARK(eigen_gemm_tn)->Apply(sizes);

}  // namespace
}  // namespace weft::bench
