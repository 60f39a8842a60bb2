// weft-bench bandwidth: what the device's memory gives, for a copy and for rows drawn at random.
#include <fmt/format.h>

#include <memory>

#include "bench/commands/commands.hpp"
#include "bench/support/rows.hpp"

namespace weft::bench {
namespace {

struct Options {
  DeviceOptions device;
  std::int64_t rows = 169343;  // ogbn-arxiv's nodes
  int repeats = 20;
  bool json = false;
};

constexpr std::int64_t kColumns[] = {256, 128, 40};

Json row(const std::string& what, const std::string& sizes, const Rate& rate) {
  return to_json(Row{what, sizes, rate.bytes, 0.0, rate.samples});
}

void run(const Options& options) {
  const Device device = open_device(options.device);
  Backend& backend = *device.backend;
  const Json json = between_peaks(device, provenance(backend.description()), [&] {
    Stopwatch stopwatch(backend);
    Json rows = Json::array();
    const Rate copy = copy_rate(backend, stopwatch, options.repeats);
    rows.push_back(row("copy", fmt::format("{:.0f} MB", copy.bytes / 2e6), copy));
    for (const DType type : stored_types(backend)) {
      for (const std::int64_t cols : kColumns) {
        rows.push_back(row("gather", fmt::format("{} x {} {}", options.rows, cols, dtype_name(type)),
                           gather_rate(backend, stopwatch, options.rows, cols, type, options.repeats)));
      }
    }
    return rows;
  });
  print(json, options.json);
}

}  // namespace

void add_bandwidth(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("bandwidth", "copy and random-row bandwidth of a device's memory");
  add_device_options(command, options->device);
  command->add_option("--rows", options->rows, "rows of the matrix that rows are drawn from")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31))
      ->capture_default_str();
  add_repeats_option(command, options->repeats);
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
