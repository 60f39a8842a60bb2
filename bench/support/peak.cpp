#include "bench/support/peak.hpp"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "kernels/cpu_backend.hpp"

namespace weft::bench {
namespace {

constexpr int kTries = 7;
constexpr int kChains = 12;  // more than latency times units on every core known
constexpr std::int64_t kSteps = 4'000'000;

// One body for three instruction sets: the vectors' width is the only difference. This file is compiled with
// contraction, so that a * b + c is one instruction.
#define WEFT_FMA_LOOP(name, lanes, ...)                                    \
  __VA_ARGS__ float name() {                                               \
    typedef float Lanes __attribute__((vector_size(4 * (lanes))));         \
    Lanes sum[kChains]; /* all different, or they are one chain */         \
    for (int c = 0; c < kChains; ++c) sum[c] = Lanes{} + float(c);         \
    const Lanes factor = Lanes{} + 0.999f;                                 \
    for (std::int64_t i = 0; i < kSteps; ++i) {                            \
      for (int c = 0; c < kChains; ++c) sum[c] = sum[c] * factor + factor; \
    }                                                                      \
    float total = 0.0f;                                                    \
    for (int c = 0; c < kChains; ++c) total += sum[c][0];                  \
    return total;                                                          \
  }

#if defined(__x86_64__)
WEFT_FMA_LOOP(fma_avx512, 16, __attribute__((target("avx512f"))))
WEFT_FMA_LOOP(fma_avx2, 8, __attribute__((target("avx2,fma"))))
#endif
WEFT_FMA_LOOP(fma_portable, 4, )

struct FmaLoop {
  float (*run)();
  int lanes;
};

FmaLoop widest_loop() {
#if defined(__x86_64__)
  if (isa_supported(Isa::kAvx512)) return {fma_avx512, 16};
  if (isa_supported(Isa::kAvx2)) return {fma_avx2, 8};
#endif
  return {fma_portable, 4};
}

/// The least seconds of `kTries` runs of body() on every thread.
template <class Body>
double least_seconds(int threads, const Body& body) {
  double best = 1e30;
  for (int i = 0; i < kTries; ++i) {
    const auto start = std::chrono::steady_clock::now();
#pragma omp parallel num_threads(threads)
    body(omp_get_thread_num(), omp_get_num_threads());
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count());
  }
  return best;
}

}  // namespace

double measured_flops(int threads) {
  const FmaLoop loop = widest_loop();
  volatile float sink = 0.0f;
  const double seconds = least_seconds(threads, [&](int, int) { sink = loop.run(); });
  return 2.0 * loop.lanes * kChains * static_cast<double>(kSteps) * threads / seconds;
}

double measured_read_bandwidth(int threads) {
  const std::vector<std::uint64_t> block(std::size_t{64} << 20, 1);
  volatile std::uint64_t sink = 0;
  const double seconds = least_seconds(threads, [&](int thread, int given) {
    const std::size_t begin = block.size() * thread / given;
    const std::size_t end = block.size() * (thread + 1) / given;
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += block[i];
    sink = sum;
  });
  return static_cast<double>(block.size() * sizeof(std::uint64_t)) / seconds;
}

}  // namespace weft::bench
