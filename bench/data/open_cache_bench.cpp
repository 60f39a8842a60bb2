// What starting on a converted dataset costs: locating it, mapping the cache, checking its header, section
// table and raw files. WEFT_BENCH_DATASET names the dataset or folder (default: debian); it must have been
// converted.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "data/convert.hpp"

namespace weft::bench {
namespace {

void open_cache(benchmark::State& state) {
  const char* name = std::getenv("WEFT_BENCH_DATASET");
  const data::Location location = data::locate(name == nullptr ? "debian" : name, "dataset");
  for (auto _ : state) {
    const data::Dataset dataset = data::open_cache(location);
    benchmark::DoNotOptimize(dataset.nodes().rows);
  }
  state.SetLabel(location.cache.filename().string());
}
BENCHMARK(open_cache)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace weft::bench
