#pragma once
// Adam in double, with the error that float32 steps may gather.
#include <cmath>
#include <vector>

#include "kernels/backend.hpp"
#include "tests/reference/expected.hpp"

namespace weft::reference {

/// State of Adam over p parameters; every step updates the values and carries their bounds along.
struct Adam {
  AdamOptions options;
  std::vector<AdamGroup> groups;
  Expected parameters, m, v;
  std::int64_t step_count = 0;

  void step(const std::vector<float>& gradients, double learning_rate) {
    ++step_count;
    for (const AdamGroup& group : groups) {
      for (std::int64_t i = group.begin; i < group.end; ++i) {
        const auto at = static_cast<std::size_t>(i);
        update(at, static_cast<double>(gradients[at]), static_cast<double>(group.weight_decay),
               learning_rate);
      }
    }
  }

 private:
  void update(std::size_t i, double gradient, double weight_decay, double learning_rate) {
    const double b1 = options.beta1, b2 = options.beta2;
    const double steps = static_cast<double>(step_count);
    const double g = gradient + weight_decay * parameters.value[i];
    const double g_error = weight_decay * parameters.bound[i] + 2.0 * kUnit * std::abs(g);

    m.bound[i] = b1 * m.bound[i] + (1.0 - b1) * g_error + 4.0 * kUnit * (std::abs(m.value[i]) + std::abs(g));
    m.value[i] = b1 * m.value[i] + (1.0 - b1) * g;
    v.bound[i] = b2 * v.bound[i] + (1.0 - b2) * (2.0 * std::abs(g) * g_error + g_error * g_error) +
                 4.0 * kUnit * (v.value[i] + (1.0 - b2) * g * g);
    v.value[i] = b2 * v.value[i] + (1.0 - b2) * g * g;

    const double root = std::sqrt(v.value[i]) / std::sqrt(1.0 - std::pow(b2, steps));
    const double denominator = root + static_cast<double>(options.epsilon);
    const double rate = learning_rate / (1.0 - std::pow(b1, steps));
    const double change = rate * m.value[i] / denominator;
    // d sqrt(v) / sqrt(v) = dv / 2v; a few more roundings follow.
    const double relative = (v.value[i] > 0.0 ? v.bound[i] / (2.0 * v.value[i]) : 0.0) + 8.0 * kUnit;
    parameters.value[i] -= change;
    parameters.bound[i] += rate * m.bound[i] / denominator + std::abs(change) * relative +
                           kUnit * (std::abs(parameters.value[i]) + std::abs(change));
  }
};

}  // namespace weft::reference
