#include "bench/support/peak.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels/base/thread_pool.hpp"
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
    parallel(threads, body);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count());
  }
  return best;
}

// Three arrays of 256 MB: no cache holds one of them.
constexpr std::size_t kTriadFloats = std::size_t{64} << 20;
constexpr float kFactor = 0.4f;

/// Four floats: what every x86-64 stores past the caches at once.
constexpr std::size_t kBypass = 4;
typedef float Bypass __attribute__((vector_size(4 * kBypass)));

void store_bypassing(float* to, Bypass value) {
#if defined(__SSE2__)
  __builtin_ia32_movntps(to, value);
#else
  std::memcpy(to, &value, sizeof value);
#endif
}

/// A thread's part, whole cache lines.
struct Slice {
  Slice(int thread, int given)
      : begin(kTriadFloats / 16 * static_cast<std::size_t>(thread) / static_cast<std::size_t>(given) * 16),
        end(kTriadFloats / 16 * static_cast<std::size_t>(thread + 1) / static_cast<std::size_t>(given) * 16) {
  }
  std::size_t begin, end;
};

/// The triad's arrays, in huge pages where the system gives them, first touched by the threads that use them.
struct Arrays {
  explicit Arrays(int threads) {
    for (float** array : {&a, &b, &c}) {
      *array = static_cast<float*>(std::aligned_alloc(kHugePage, kTriadFloats * sizeof(float)));
      if (*array == nullptr) throw std::bad_alloc();
      ::madvise(*array, kTriadFloats * sizeof(float), MADV_HUGEPAGE);
    }
    parallel(threads, [&](int thread, int given) {
      const Slice s(thread, given);
      for (float* array : {a, b, c}) std::fill(array + s.begin, array + s.end, 1.0f);
    });
  }
  ~Arrays() {
    for (float* array : {a, b, c}) std::free(array);
  }
  Arrays(const Arrays&) = delete;
  Arrays& operator=(const Arrays&) = delete;

  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  float *a = nullptr, *b = nullptr, *c = nullptr;
};

}  // namespace

double measured_flops(int threads) {
  const FmaLoop loop = widest_loop();
  volatile float sink = 0.0f;
  const double seconds = least_seconds(threads, [&](int, int) { sink = loop.run(); });
  return 2.0 * loop.lanes * kChains * static_cast<double>(kSteps) * threads / seconds;
}

double measured_triad(int threads) {
  Arrays arrays(threads);
  const double ordinary = least_seconds(threads, [&](int thread, int given) {
    const Slice s(thread, given);
    for (std::size_t i = s.begin; i < s.end; ++i) arrays.a[i] = arrays.b[i] + kFactor * arrays.c[i];
  });
  const double bypassing = least_seconds(threads, [&](int thread, int given) {
    const Slice s(thread, given);
    for (std::size_t i = s.begin; i < s.end; i += kBypass) {
      Bypass b, c;
      std::memcpy(&b, arrays.b + i, sizeof b);
      std::memcpy(&c, arrays.c + i, sizeof c);
      store_bypassing(arrays.a + i, b + kFactor * c);
    }
  });
  return 3.0 * sizeof(float) * static_cast<double>(kTriadFloats) / std::min(ordinary, bypassing);
}

}  // namespace weft::bench
