#include "bench/counters/occupancy.hpp"

#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

constexpr int kWarp = 32;
constexpr int kRegisterGranularity = 256;  // registers of a warp are given out in such pieces

int round_up(int n, int piece) { return (n + piece - 1) / piece * piece; }

/// A warp lives in one partition, so what is left over in each cannot be joined.
int warps_by_registers(const Multiprocessor& sm, const BlockNeeds& block) {
  const int per_warp = round_up(block.registers * kWarp, kRegisterGranularity);
  return sm.registers / sm.partitions / per_warp * sm.partitions;
}

}  // namespace

const Multiprocessor& find_multiprocessor(std::string_view name) {
  std::string known;
  for (const Multiprocessor& sm : kMultiprocessors) {
    if (sm.name == name) return sm;
    known += (known.empty() ? "" : ", ") + std::string(sm.name);
  }
  fail(ErrorCode::kNotFound, "no multiprocessor '", name, "'; known are ", known);
}

Occupancy occupancy(const Multiprocessor& sm, const BlockNeeds& block) {
  const int warps = (block.threads + kWarp - 1) / kWarp;
  Occupancy found{sm.warps / warps, 0, "warps"};
  const auto limit = [&](int blocks, std::string_view what) {
    if (blocks < found.blocks) found = {blocks, 0, what};
  };
  limit(sm.blocks, "blocks");
  if (block.registers > 0) limit(warps_by_registers(sm, block) / warps, "registers");
  const int shared = round_up(block.shared_bytes + sm.reserved_bytes, sm.shared_granularity);
  if (shared > 0) limit(sm.shared_bytes / shared, "shared memory");
  found.warps = found.blocks * warps;
  return found;
}

}  // namespace weft::bench
