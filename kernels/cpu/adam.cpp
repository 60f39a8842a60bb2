// Adam over all parameters at once, group by group.
#include <cmath>

#include "kernels/cpu/cpu_backend.hpp"
#include "kernels/cpu/parallel.hpp"

namespace weft::cpu {
namespace {

/// Parameters per thread below which threads cost more than they bring; a multiple of a cache line.
constexpr std::int64_t kAdamUnit = 32768;

/// base^exponent by squaring: the same bits everywhere, which the C library's pow does not promise.
double power(double base, std::int64_t exponent) {
  double result = 1.0;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result *= base;
    base *= base;
  }
  return result;
}

AdamFactors factors_of(const AdamOptions& options, const StepState& state, float weight_decay) {
  const double left1 = 1.0 - power(options.beta1, state.step), left2 = 1.0 - power(options.beta2, state.step);
  AdamFactors f{};
  f.weight_decay = weight_decay;
  f.new_m = static_cast<float>(1.0 - options.beta1);
  f.beta2 = static_cast<float>(options.beta2);
  f.new_v = static_cast<float>(1.0 - options.beta2);
  f.inverse_root = static_cast<float>(1.0 / std::sqrt(left2));
  f.step = static_cast<float>(static_cast<double>(state.learning_rate) / left1);
  f.epsilon = options.epsilon;
  return f;
}

}  // namespace

void CpuBackend::do_run(Stream&, const BeginStep& op) { ++op.state->step; }

void CpuBackend::do_run(Stream&, const Adam& op) {
  for (const AdamGroup& group : op.groups) {
    const AdamFactors factors = factors_of(op.options, *op.state, group.weight_decay);
    parallel_ranges(threads_, group.end - group.begin, kAdamUnit, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t first = group.begin + begin;
      kernels_.adam.update(factors, end - begin, op.gradients.data + first, op.parameters.data + first,
                           op.m.data + first, op.v.data + first);
    });
  }
}

}  // namespace weft::cpu
