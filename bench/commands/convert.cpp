// weft-bench convert: from a raw folder to a cache file, and opening that cache. Each conversion runs in a
// process of its own, whose memory is told.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "bench/commands/commands.hpp"
#include "bench/support/child.hpp"
#include "bench/support/made_dataset.hpp"
#include "bench/support/rows.hpp"
#include "data/cache/convert.hpp"
#include "engine/report/machine.hpp"

namespace weft::bench {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string dataset, root, once;
  NodeId made = 0;
  int threads = 0;
  int repeats = 5;
  bool json = false;
};

/// A folder that goes away.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "weft-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) fail(ErrorCode::kIo, name, ": cannot be made");
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

double bytes_below(const fs::path& folder) {
  double bytes = 0.0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += static_cast<double>(entry.file_size());
  }
  return bytes;
}

data::Location locate(const Options& options, const fs::path& cache) {
  data::Location location = data::locate(options.dataset, options.root);
  location.cache = cache;
  return location;
}

/// What the process of its own does.
void convert_once(const Options& options) {
  data::ConvertOptions how;
  how.threads = options.threads;
  how.features_may_lack = true;
  const auto start = std::chrono::steady_clock::now();
  data::convert(locate(options, options.once), how);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  fmt::print("{}\n", Json{{"seconds", taken.count()}, {"peak_bytes", engine::peak_resident_bytes()}}.dump());
}

Json conversion(const Options& options, const fs::path& cache) {
  Row row{"convert", "", 0.0, 0.0, {}};
  double peak = 0.0;
  for (int i = 0; i < options.repeats; ++i) {
    fs::remove(cache);
    const Json done = ask_child({"convert", "--dataset", options.dataset, "--root", options.root, "--threads",
                                 std::to_string(options.threads), "--once", cache.string()});
    row.samples.seconds.push_back(done["seconds"].get<double>());
    peak = std::max(peak, done["peak_bytes"].get<double>());
  }
  const double raw = bytes_below(locate(options, cache).folder / "raw");
  const auto written = static_cast<double>(fs::file_size(cache));
  row.bytes = raw + written;
  row.sizes = fmt::format("{:.1f} MB to {:.1f} MB", raw / 1e6, written / 1e6);
  Json json = to_json(row);
  json["raw_bytes"] = raw;
  json["cache_bytes"] = written;
  json["peak_bytes"] = peak;
  return json;
}

/// Keeps what Google Benchmark measured instead of printing it.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      samples.seconds.push_back(run.real_accumulated_time / static_cast<double>(run.iterations));
    }
  }
  Samples samples;
};

/// Milliseconds are too short for one look at a clock: Google Benchmark decides how many openings one is.
Json opening(const Options& options, const fs::path& cache) {
  const data::Location location = locate(options, cache);
  benchmark::RegisterBenchmark("open",
                               [&](benchmark::State& state) {
                                 for (auto _ : state)
                                   benchmark::DoNotOptimize(data::open_cache(location).tables.size());
                               })
      ->UseRealTime()
      ->MinTime(0.05)
      ->Repetitions(options.repeats);
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  benchmark::ClearRegisteredBenchmarks();
  return to_json(Row{"open", "", 0.0, 0.0, collector.samples});
}

void run(Options options) {
  if (!options.once.empty()) return convert_once(options);
  const Scratch scratch;
  if (options.made > 0) {
    options.dataset = (scratch.path() / "made").string();
    write_made_dataset(options.dataset, options.made);
  }
  const Device device = open_device({"cpu", options.threads});
  options.threads = device.threads;
  const fs::path cache = scratch.path() / "cache.weft";
  locate(options, cache);  // before anything is measured
  const Json json = between_peaks(device, provenance(device.backend->description()), [&] {
    Json rows = Json::array();
    rows.push_back(conversion(options, cache));
    rows.push_back(opening(options, cache));
    return rows;
  });
  print(json, options.json);
  if (options.json) return;
  fmt::print("most memory of a conversion: {:.1f} MB\n", json["rows"][0]["peak_bytes"].get<double>() / 1e6);
}

}  // namespace

void add_convert(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("convert", "from raw files to a cache, and opening the cache");
  CLI::Option_group* from = command->add_option_group("from", "one of these");
  from->add_option("--dataset", options->dataset, "a dataset's name, or a folder in OGB's raw layout");
  from->add_option("--made", options->made, "a set of this many nodes, made for this run and thrown away")
      ->check(CLI::Range(NodeId{4}, NodeId{1} << 24));
  from->require_option(1);
  add_root_option(command, options->root);
  command->add_option("--threads", options->threads, "threads; 0 is every CPU the process may use")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command->add_option("--once", options->once, "")->group("");  // what a process of its own is asked for
  add_repeats_option(command, options->repeats);
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
