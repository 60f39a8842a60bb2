#pragma once
// What every subcommand's table is made of: a thing, what it moves and computes by count, the times it took,
// and both as shares of what the machine gave in the same run.
#include <functional>
#include <string>

#include "bench/support/ceilings.hpp"

namespace weft::bench {

using Json = nlohmann::ordered_json;

struct Row {
  std::string name;   // "gemm_tn"
  std::string sizes;  // "169343 x 256 x 40"
  double bytes = 0.0;
  double flops = 0.0;
  Samples samples;
};
/// {name, sizes, bytes, flops, median_seconds, ..., bytes_per_second, flops_per_second}, rates by the median.
Json to_json(const Row& row);

/// Runs `measure` between two measurements of the machine's peaks. The result is `json` with `peaks`, a
/// `warning` if the run was disturbed, and what `measure` returned under `rows`, each with
/// share_of_stream, share_of_flops, and as floor_seconds the larger of both bounds. `told`, where given, has
/// the peaks afterwards.
Json between_peaks(const Device& device, Json json, const std::function<Json()>& measure,
                   PeakPair* told = nullptr);

/// The table of a result of between_peaks: its head line, one line per row, the peaks, the warning on stderr.
void show_rows(const Json& json);
/// "FMA 470.1 GFLOP/s before, 468.9 after; triad ...", as it stands in `json`; the warning on stderr.
void show_peaks(const Json& json);
/// JSON, or the table.
void print(const Json& json, bool as_json);

}  // namespace weft::bench
