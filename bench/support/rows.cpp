#include "bench/support/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace weft::bench {
namespace {

Json to_json(const PeakPair& peaks, bool cpu) {
  Json json{{"stream", cpu ? "triad" : "copy"},
            {"stream_bytes_per_second", {{"before", peaks.before.stream}, {"after", peaks.after.stream}}}};
  if (peaks.before.flops > 0.0) {
    json["flops_per_second"] = {{"before", peaks.before.flops}, {"after", peaks.after.flops}};
  }
  return json;
}

void add_shares(Json& row, const Peaks& peaks) {
  if (!row.contains("bytes_per_second")) return;  // could not be measured
  row["share_of_stream"] = row["bytes_per_second"].get<double>() / peaks.stream;
  double floor = row["bytes"].get<double>() / peaks.stream;
  if (peaks.flops > 0.0) {
    row["share_of_flops"] = row["flops_per_second"].get<double>() / peaks.flops;
    floor = std::max(floor, row["flops"].get<double>() / peaks.flops);
  }
  row["floor_seconds"] = floor;
  row["share_of_floor"] = floor / row["median_seconds"].get<double>();
}

double number(const Json& json, const char* key) { return json.at(key).get<double>(); }

std::string percent(const Json& row, const char* key) {
  return row.contains(key) ? fmt::format("{:.0f}%", number(row, key) * 100.0) : "";
}

template <class Text>
std::size_t widest(const Json& rows, std::size_t least, const Text& text) {
  for (const Json& row : rows) least = std::max(least, text(row).size());
  return least;
}

}  // namespace

Json to_json(const Row& row) {
  Json json{{"name", row.name}, {"sizes", row.sizes}, {"bytes", row.bytes}, {"flops", row.flops}};
  json.update(to_json(row.samples));
  json["bytes_per_second"] = row.bytes / row.samples.median();
  json["flops_per_second"] = row.flops / row.samples.median();
  return json;
}

Json between_peaks(const Device& device, Json json, const std::function<Json()>& measure, PeakPair* told) {
  PeakPair peaks;
  peaks.before = measure_peaks(device);
  Json rows = measure();
  peaks.after = measure_peaks(device);
  for (Json& row : rows) add_shares(row, peaks.mean());
  json["threads"] = device.threads;
  json["peaks"] = to_json(peaks, device.is_cpu());
  if (const std::string warning = peaks.warning(); !warning.empty()) json["warning"] = warning;
  json["rows"] = std::move(rows);
  if (told != nullptr) *told = peaks;
  return json;
}

void show_peaks(const Json& json) {
  const Json& peaks = json["peaks"];
  if (peaks.contains("flops_per_second")) {
    fmt::print("multiply-adds {:.0f} GFLOP/s before, {:.0f} after; ",
               number(peaks["flops_per_second"], "before") / 1e9,
               number(peaks["flops_per_second"], "after") / 1e9);
  }
  fmt::print("{} {:.1f} GB/s before, {:.1f} after\n", peaks["stream"].get<std::string>(),
             number(peaks["stream_bytes_per_second"], "before") / 1e9,
             number(peaks["stream_bytes_per_second"], "after") / 1e9);
  if (json.contains("warning")) {
    std::fflush(stdout);
    fmt::print(stderr, "weft-bench: {}\n", json["warning"].get<std::string>());
  }
}

void show_rows(const Json& json) {
  fmt::print("{}\n", json["device"].get<std::string>());
  const Json& rows = json["rows"];
  const std::size_t names = widest(rows, 5, [](const Json& r) { return r["name"].get<std::string>(); });
  const std::size_t sizes = widest(rows, 5, [](const Json& r) { return r["sizes"].get<std::string>(); });
  fmt::print("{:{}}  {:{}}{:>10}{:>10}{:>11}{:>11}{:>8}{:>10}{:>10}{:>8}{:>10}\n", "", names, "sizes", sizes,
             "MB", "MFLOP", "median ms", "min ms", "GB/s", "of " + json["peaks"]["stream"].get<std::string>(),
             "GFLOP/s", "of FMA", "of floor");
  for (const Json& r : rows) {
    fmt::print("{:{}}  {:{}}", r["name"].get<std::string>(), names, r["sizes"].get<std::string>(), sizes);
    if (r.contains("left_out")) {
      fmt::print("  {}\n", r["left_out"].get<std::string>());
      continue;
    }
    fmt::print("{:10.2f}{:10.1f}{:11.4f}{:11.4f}{:8.1f}{:>10}{:10.1f}{:>8}{:>10}\n", number(r, "bytes") / 1e6,
               number(r, "flops") / 1e6, number(r, "median_seconds") * 1e3,
               number(r, "minimum_seconds") * 1e3, number(r, "bytes_per_second") / 1e9,
               percent(r, "share_of_stream"), number(r, "flops_per_second") / 1e9,
               percent(r, "share_of_flops"), percent(r, "share_of_floor"));
  }
  show_peaks(json);
}

void print(const Json& json, bool as_json) {
  if (as_json) return fmt::print("{}\n", json.dump(1));
  show_rows(json);
}

}  // namespace weft::bench
