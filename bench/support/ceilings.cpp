#include "bench/support/ceilings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "bench/support/peak.hpp"

namespace weft::bench {
namespace {

constexpr std::size_t kMostCopied = std::size_t{1} << 30;
constexpr int kCopies = 10;
constexpr double kMuch = 0.15;

std::string moved(const char* what, double before, double after) {
  if (std::abs(after - before) <= kMuch * std::max(before, after)) return {};
  return fmt::format("{} went from {:.1f} to {:.1f} G/s", what, before / 1e9, after / 1e9);
}

}  // namespace

Rate copy_rate(Backend& backend, Stopwatch& stopwatch, int repeats) {
  const auto bytes = static_cast<std::int64_t>(std::min(kMostCopied, backend.available_memory() / 4));
  Buffer<char> from(backend, bytes, "a copy's source"), to(backend, bytes, "a copy's target");
  from.fill_zero(stopwatch.stream());
  to.fill_zero(stopwatch.stream());
  return {2.0 * static_cast<double>(bytes), stopwatch.time(repeats, [&] {
            backend.copy(stopwatch.stream(), to.data(), from.data(), from.bytes());
          })};
}

Rate gather_rate(Backend& backend, Stopwatch& stopwatch, std::int64_t rows, std::int64_t cols, DType dtype,
                 int repeats) {
  Stream& stream = stopwatch.stream();
  // Rows move whole, so that only their bytes count: a row of bfloat16 is one of half as many floats.
  const auto row_bytes = cols * static_cast<std::int64_t>(dtype_bytes(dtype));
  const auto floats = (row_bytes + 3) / 4;
  const BenchMatrix x(backend, stream, rows, floats, DType::kF32),
      y(backend, stream, rows, floats, DType::kF32);
  std::minstd_rand random(3);
  std::vector<NodeId> drawn(static_cast<std::size_t>(rows));
  for (NodeId& row : drawn) row = static_cast<NodeId>(random() % static_cast<std::uint64_t>(rows));
  Buffer<NodeId> indices(backend, rows, "row numbers");
  indices.upload(stream, drawn.data());
  return {static_cast<double>(rows) * (2.0 * static_cast<double>(row_bytes) + sizeof(NodeId)),
          stopwatch.time(repeats, [&] {
            backend.run(stream, GatherRows{x.view(), indices.view(), y.view()});
          })};
}

Peaks measure_peaks(const Device& device) {
  if (device.is_cpu()) return {measured_flops(device.threads), measured_triad(device.threads)};
  Stopwatch stopwatch(*device.backend);
  return {0.0, copy_rate(*device.backend, stopwatch, kCopies).bytes_per_second()};
}

Peaks PeakPair::mean() const {
  return {0.5 * (before.flops + after.flops), 0.5 * (before.stream + after.stream)};
}

std::string PeakPair::warning() const {
  const std::string flops = moved("multiply-adds", before.flops, after.flops);
  const std::string stream = moved("memory", before.stream, after.stream);
  if (flops.empty() && stream.empty()) return {};
  return fmt::format("disturbed: {}{}{} during this run; measure again when the machine is quiet", flops,
                     flops.empty() || stream.empty() ? "" : ", ", stream);
}

}  // namespace weft::bench
