// The dense products at the sizes of training on ogbn-arxiv; Eigen's are in eigen_yardstick.cpp.
#include "bench/kernels/gemm_sizes.hpp"

namespace weft::bench {
namespace {

void gemm(benchmark::State& state) {
  const Sizes s(state);
  const Matrix a = filled_matrix(s.n, s.c);
  const Matrix b = filled_matrix(s.c, s.h);
  const Matrix out = filled_matrix(s.n, s.h);
  Workspace work(backend().gemm_scratch(s.n, s.c, s.h));
  measure(state, s.flops(), s.bytes(), [&] { backend().gemm(work.stream, a.view(), b.view(), out.view()); });
}

void gemm_nt(benchmark::State& state) {
  const Sizes s(state);
  const Matrix a = filled_matrix(s.n, s.h);
  const Matrix b = filled_matrix(s.c, s.h);
  const Matrix out = filled_matrix(s.n, s.c);
  Workspace work(backend().gemm_nt_scratch(s.n, s.h, s.c));
  measure(state, s.flops(), s.bytes(),
          [&] { backend().gemm_nt(work.stream, a.view(), b.view(), out.view()); });
}

void gemm_tn(benchmark::State& state) {
  const Sizes s(state);
  const Matrix a = filled_matrix(s.n, s.c);
  const Matrix b = filled_matrix(s.n, s.h);
  const Matrix out = filled_matrix(s.c, s.h);
  Workspace work(backend().gemm_tn_scratch(s.n, s.c, s.h));
  measure(state, s.flops(), s.bytes(),
          [&] { backend().gemm_tn(work.stream, a.view(), b.view(), out.view()); });
}

BENCHMARK(gemm)->Apply(sizes);
BENCHMARK(gemm_nt)->Apply(sizes);
BENCHMARK(gemm_tn)->Apply(sizes);

}  // namespace
}  // namespace weft::bench
