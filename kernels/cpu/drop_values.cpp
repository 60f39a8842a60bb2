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

void CpuBackend::do_drop_values(Stream&, const CsrView& a, const Dropout& dropout, Vec<float> values) {
  DropValuesArguments arguments{a.offsets, a.cols, a.weights, values.data, {}, {}, 0, 1.0f};
  if (dropout.rate > 0.0f) {
    const StepState& step = *dropout.step;
    const RandomKey key = random_key(step.seed, step.run, dropout.layer, Purpose::kDropout, step.step);
    for (std::uint32_t round = 0; round < kPhiloxRounds; ++round) {
      arguments.key0[round] = key.k0 + round * kPhiloxW0;
      arguments.key1[round] = key.k1 + round * kPhiloxW1;
    }
    arguments.threshold = drop_threshold(dropout.rate);
    arguments.scale = 1.0f / (1.0f - dropout.rate);
  }
  parallel_ranges(
      a.num_edges < kSerialEntries ? 1 : threads_, a.num_rows, kRowUnit,
      [&](std::int64_t begin, std::int64_t end) { kernels_.drop_values.rows(arguments, begin, end); });
}

}  // namespace weft::cpu
