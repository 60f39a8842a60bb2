#pragma once
// The optimiser.
#include "kernels/ops/checks.hpp"
#include "kernels/ops/options.hpp"

namespace weft {

/// A range of the parameter vector that shares an L2 penalty.
struct AdamGroup {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  float weight_decay = 0.0f;  // >= 0, added to the gradient (coupled, not AdamW)
};

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;  // double: 1 - 0.999f is off by 1e-5
  float epsilon = 1e-8f;
};

/// state->step += 1: the first op of a training step.
struct BeginStep {
  StepState* state;

  static constexpr const char* kName = "begin_step";
  template <class, class At>
  BeginStep as(At&& at) const {
    return {at.out(Vec<StepState>{state, 1}).data};
  }
  bool empty() const { return false; }
  void check(const Backend&) const { WEFT_CHECK(state != nullptr, kName, ": there is no step state"); }
};

/// One step of Adam over all parameters, as torch.optim.Adam computes it; step and learning rate come from
/// `state`. parameters, gradients, m, v [p];  groups cover [0, p) in order without gaps.
/// Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", 2014, arXiv:1412.6980.
struct Adam {
  Vec<float> parameters;
  Vec<const float> gradients;
  Vec<float> m, v;
  Vec<const AdamGroup> groups;  // in the backend's memory
  AdamOptions options;
  const StepState* state;

  static constexpr const char* kName = "adam";
  template <class, class At>
  Adam as(At&& at) const {
    return {at.inout(parameters), at.in(gradients), at.inout(m), at.inout(v), at.in(groups), options, state};
  }
  bool empty() const { return parameters.empty(); }
  void check(const Backend&) const {
    const auto& [beta1, beta2, epsilon] = options;
    check_size(kName, "gradients", gradients, parameters.size, "the number of parameters");
    check_size(kName, "m", m, parameters.size, "the number of parameters");
    check_size(kName, "v", v, parameters.size, "the number of parameters");
    WEFT_CHECK(state != nullptr, kName, ": there is no step state");
    WEFT_CHECK(beta1 >= 0.0 && beta1 < 1.0 && beta2 >= 0.0 && beta2 < 1.0, kName, ": betas are ", beta1,
               " and ", beta2, "; they must be in [0, 1)");
    WEFT_CHECK(epsilon > 0.0f, kName, ": epsilon is ", epsilon, "; it must be > 0");
    // The groups lie in the backend's memory, so that their borders cannot be read here.
    WEFT_CHECK(empty() || !groups.empty(), kName, ": ", parameters.size, " parameters but no groups");
  }
};

}  // namespace weft
