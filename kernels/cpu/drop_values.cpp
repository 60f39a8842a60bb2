// Dropout on the stored values of a sparse matrix; the words are made in drop_values_kernels.cpp.
#include "kernels/cpu/cpu_backend.hpp"
#include "kernels/cpu/parallel.hpp"

namespace weft::cpu {
namespace {

/// Rows that a thread takes at a time at least.
constexpr std::int64_t kRowUnit = 16;
/// Below this many entries waking threads costs more than it saves.
constexpr std::int64_t kSerialEntries = 1 << 14;

}  // namespace

void CpuBackend::do_run(Stream&, const DropValues& op) {
  DropValuesArguments arguments{op.a.offsets, op.a.cols, op.a.weights, op.values.data, {}, {}, 0, 1.0f};
  if (op.dropout.rate > 0.0f) {
    const StepState& step = *op.dropout.step;
    const RandomKey key = random_key(step.seed, step.run, op.dropout.layer, Purpose::kDropout, step.step);
    for (std::uint32_t round = 0; round < kPhiloxRounds; ++round) {
      arguments.key0[round] = key.k0 + round * kPhiloxW0;
      arguments.key1[round] = key.k1 + round * kPhiloxW1;
    }
    arguments.threshold = drop_threshold(op.dropout.rate);
    arguments.scale = 1.0f / (1.0f - op.dropout.rate);
  }
  parallel_ranges(
      op.a.num_edges < kSerialEntries ? 1 : threads_, op.a.num_rows, kRowUnit,
      [&](std::int64_t begin, std::int64_t end) { kernels_.drop_values.rows(arguments, begin, end); });
}

}  // namespace weft::cpu
