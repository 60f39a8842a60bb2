#include "bench/support/ceilings.hpp"

#include <algorithm>
#include <random>

#include "bench/support/device.hpp"

namespace weft::bench {
namespace {

constexpr std::size_t kMostCopied = std::size_t{1} << 30;

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
          stopwatch.time(repeats, [&] { backend.gather_rows(stream, x.view(), indices.view(), y.view()); })};
}

}  // namespace weft::bench
