#pragma once
// What the benches of ops share: a backend on all processors, filled matrices, and counters as shares of what
// the machine reached in the same run.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "bench/support/peak.hpp"
#include "kernels/buffer.hpp"
#include "kernels/cpu_backend.hpp"

namespace weft::bench {

inline Backend& backend() {
  static const auto made = make_cpu_backend();
  return *made;
}

/// A matrix of values in [-1, 1).
inline Matrix filled_matrix(std::int64_t rows, std::int64_t cols) {
  Matrix matrix(backend(), rows, cols, "a bench");
  std::vector<float> host(static_cast<std::size_t>(rows * cols));
  std::minstd_rand random(1);
  for (float& v : host) v = static_cast<float>(random() % 65536) / 32768.0f - 1.0f;
  Stream stream;
  matrix.values().upload(stream, host.data());
  return matrix;
}

/// A stream with its scratch.
struct Workspace {
  explicit Workspace(std::size_t bytes)
      : memory(backend(), static_cast<std::int64_t>(bytes), "scratch"),
        stream{nullptr, memory.data(), bytes} {}
  Buffer<char> memory;
  Stream stream;
};

inline double machine_flops() {
  static const double measured = measured_flops(usable_cpus());
  return measured;
}

/// Times call(); reports the mean as the benchmark's time and, from the fastest call (a busy neighbour slows
/// the others), `flops` and `bytes` of one call per second, the first also as a share of what the machine's
/// fused multiply-adds reached in this run.
template <class Call>
void measure(benchmark::State& state, double flops, double bytes, const Call& call) {
  call();  // touches the outputs and wakes the threads
  double least = 1e30;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    call();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(taken.count());
    least = std::min(least, taken.count());
  }
  state.counters["min_ms"] = least * 1e3;
  state.counters["GFLOP/s"] = flops / least / 1e9;
  state.counters["of_peak"] = flops / least / machine_flops();
  state.counters["GB/s"] = bytes / least / 1e9;
}

/// What all benches of ops ask of Google Benchmark.
inline void common_options(benchmark::internal::Benchmark* bench) {
  bench->Unit(benchmark::kMillisecond)->UseManualTime();
}

}  // namespace weft::bench
