// Microseconds per parallel loop for each way to have threads: what decided for a pool of our own. loops.py
// builds and runs it: loops WAY THREADS STEPS LOOPS SERIAL-STEPS
#include <omp.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "kernels/base/thread_pool.hpp"

namespace {

volatile float sink;

/// Dependent multiply-adds, which no compiler shortens.
void work(long steps) {
  float sum = 1.0f;
  for (long i = 0; i < steps; ++i) sum = sum * 0.999f + 0.1f;
  sink = sum;
}

}  // namespace

int main(int, char** arguments) {
  const std::string way = arguments[1];
  const int threads = std::atoi(arguments[2]);
  const long steps = std::atol(arguments[3]), loops = std::atol(arguments[4]),
             serial = std::atol(arguments[5]);
  tbb::task_arena arena(threads);
  const auto start = std::chrono::steady_clock::now();
  for (long i = 0; i < loops; ++i) {
    work(serial);
    const auto part = [&](int, int parts) { work(steps / parts); };
    if (way == "openmp") {
#pragma omp parallel num_threads(threads)
      part(omp_get_thread_num(), omp_get_num_threads());
    } else if (way == "tbb") {
      arena.execute([&] {
        tbb::parallel_for(
            0, threads, [&](int p) { part(p, threads); }, tbb::static_partitioner());
      });
    } else {
      weft::parallel(threads, part);
    }
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::printf("%.4f\n", 1e6 * taken.count() / static_cast<double>(loops));
}
