// weft-bench ops: every op that training uses beside the products, one call of each.
#include <fmt/format.h>

#include <memory>

#include "bench/commands/commands.hpp"
#include "bench/counters/traced_backend.hpp"
#include "bench/support/op_set.hpp"
#include "bench/support/rows.hpp"

namespace weft::bench {
namespace {

struct Options {
  OpSizes sizes;
  std::string only;
  DeviceOptions device;
  int repeats = 20;
  bool json = false;
};

/// Bytes and operations are those of the call as the tracing backend notes it.
Json measure(TracedBackend& backend, Stopwatch& stopwatch, const Op& op, int repeats) {
  const Buffer<char> scratch(backend, static_cast<std::int64_t>(op.scratch), "scratch");
  Stream stream{stopwatch.stream().queue, scratch.data(), scratch.bytes()};
  backend.start();
  op.run(stream);
  Row row{op.name, op.sizes, 0.0, 0.0, {}};
  for (const OpCall& call : backend.stop()) {
    row.bytes += call.streamed_bytes();
    row.flops += call.flops();
  }
  row.samples = stopwatch.time(repeats, [&] { op.run(stream); });
  return to_json(row);
}

std::vector<Op> chosen(const std::vector<Op>& all, const std::string& only) {
  std::vector<Op> ops;
  for (const Op& op : all) {
    if (op.name.find(only) != std::string::npos) ops.push_back(op);
  }
  if (!ops.empty()) return ops;
  std::string known;
  for (const Op& op : all) known += (known.empty() ? "" : ", ") + op.name;
  fail(ErrorCode::kNotFound, "no op's name contains '", only, "'; there are ", known);
}

void run(const Options& options) {
  WEFT_CHECK(options.sizes.train_rows <= options.sizes.rows, "ops: ", options.sizes.train_rows,
             " training rows of ", options.sizes.rows, "; give fewer --train-rows");
  const Device device = open_device(options.device);
  TracedBackend backend(device.backend);
  Stream stream;
  OpSet set(backend, stream, options.sizes);
  const std::vector<Op> ops = chosen(set.ops(), options.only);
  const Json json = between_peaks(device, provenance(backend.description()), [&] {
    Stopwatch stopwatch(backend);
    Json rows = Json::array();
    for (const Op& op : ops) rows.push_back(measure(backend, stopwatch, op, options.repeats));
    return rows;
  });
  print(json, options.json);
}

}  // namespace

void add_ops(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("ops", "every op of training beside the products");
  const auto size = [&](const char* name, std::int64_t& value, const char* help) {
    command->add_option(name, value, help)
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31))
        ->capture_default_str();
  };
  size("--rows", options->sizes.rows, "rows of activations");
  size("--cols", options->sizes.cols, "columns of activations");
  size("--classes", options->sizes.classes, "columns of logits");
  size("--train-rows", options->sizes.train_rows, "rows that reach the loss");
  size("--parameters", options->sizes.parameters, "numbers that Adam moves");
  size("--edges", options->sizes.edges, "of the graph that is transposed");
  command->add_option("--only", options->only, "ops whose name contains this");
  add_device_options(command, options->device);
  add_repeats_option(command, options->repeats);
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
