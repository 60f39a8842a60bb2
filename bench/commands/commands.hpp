#pragma once
// The subcommands of weft-bench. Each adds itself to the program, with its options, and runs when it is
// chosen. To add one: a file here that defines its function, a line in weft_bench.cpp.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace weft::bench {

using Json = nlohmann::ordered_json;

void add_bandwidth(CLI::App& app);
void add_counters(CLI::App& app);
void add_epoch(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_spmm(CLI::App& app);

// ---- options that several have

/// --device cpu|cuda.
void add_device_option(CLI::App* command, std::string& device);
void add_json_flag(CLI::App* command, bool& json);
void add_repeats_option(CLI::App* command, int& repeats);
/// --root, as weft has it; starts as the default root.
void add_root_option(CLI::App* command, std::string& root);

/// Program, revision, device and what was typed: what every result has to say about itself.
Json provenance(const std::string& device_description);

}  // namespace weft::bench
