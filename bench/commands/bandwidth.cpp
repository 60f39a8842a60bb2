// weft-bench bandwidth: what the device's memory gives, for a copy and for rows drawn at random.
#include <fmt/format.h>

#include <memory>

#include "bench/commands/commands.hpp"
#include "bench/support/ceilings.hpp"
#include "bench/support/device.hpp"

namespace weft::bench {
namespace {

struct Options {
  std::string device = "cuda";
  std::int64_t rows = 169343;  // ogbn-arxiv's nodes
  int repeats = 20;
  bool json = false;
};

constexpr std::int64_t kColumns[] = {256, 128, 40};

Json result(const std::string& what, const Rate& rate) {
  Json json{{"what", what}, {"bytes", rate.bytes}, {"bytes_per_second", rate.bytes_per_second()}};
  json.update(to_json(rate.samples));
  return json;
}

void run(const Options& options) {
  const auto backend = make_device(options.device);
  Stopwatch stopwatch(*backend);
  Json results = Json::array();
  results.push_back(result("copy", copy_rate(*backend, stopwatch, options.repeats)));
  for (const DType type : stored_types(*backend)) {
    for (const std::int64_t cols : kColumns) {
      const Rate rate = gather_rate(*backend, stopwatch, options.rows, cols, type, options.repeats);
      results.push_back(result(fmt::format("gather {} x {} {}", options.rows, cols, dtype_name(type)), rate));
    }
  }
  if (options.json) {
    Json json = provenance(backend->description());
    json["results"] = results;
    fmt::print("{}\n", json.dump(1));
    return;
  }
  fmt::print("{}\n", backend->description());
  for (const Json& r : results) {
    fmt::print("{:32} {:9.1f} GB/s  median {:9.4f} ms  minimum {:9.4f} ms\n", r["what"].get<std::string>(),
               r["bytes_per_second"].get<double>() / 1e9, r["median_seconds"].get<double>() * 1e3,
               r["minimum_seconds"].get<double>() * 1e3);
  }
}

}  // namespace

void add_bandwidth(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("bandwidth", "copy and random-row bandwidth of a device's memory");
  add_device_option(command, options->device);
  command->add_option("--rows", options->rows, "rows of the matrix that rows are drawn from")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31))
      ->capture_default_str();
  add_repeats_option(command, options->repeats);
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
