#pragma once
// The subcommands of weft-bench. Each adds itself to the program, with its options, and runs when it is
// chosen. To add one: a file here that defines its function, a line in weft_bench.cpp.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/support/device.hpp"

namespace weft::bench {

using Json = nlohmann::ordered_json;

void add_bandwidth(CLI::App& app);
void add_convert(CLI::App& app);
void add_counters(CLI::App& app);
void add_epoch(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_gemm(CLI::App& app);
void add_ops(CLI::App& app);
void add_spmm(CLI::App& app);

// ---- options that several have

/// --device auto|cpu|cuda and --threads.
void add_device_options(CLI::App* command, DeviceOptions& device);
void add_json_flag(CLI::App* command, bool& json);
void add_repeats_option(CLI::App* command, int& repeats);
/// --root, as weft has it; starts as the default root.
void add_root_option(CLI::App* command, std::string& root);

/// Program, revision, device and what was typed: what every result has to say about itself.
Json provenance(const std::string& device_description);

}  // namespace weft::bench
