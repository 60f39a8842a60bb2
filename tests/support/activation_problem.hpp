#pragma once
// Activation blocks drawn at random, and put into a backend's memory.
#include <limits>
#include <vector>

#include "tests/reference/activation.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"

namespace weft::testing {

using reference::ActivationProblem;

inline std::vector<float> to_float(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

inline double stored(double value, DType dtype) {
  return static_cast<double>(stored(std::vector<float>{static_cast<float>(value)}, dtype)[0]);
}

/// Draws `size` values of [offset - 1, offset + 1) that `dtype` holds.
inline std::vector<double> draw(Random& random, std::int64_t size, double offset = 0.0,
                                DType dtype = DType::kF32) {
  std::vector<double> out;
  for (const float v : random.values(size))
    out.push_back(stored(static_cast<double>(static_cast<float>(offset) + v), dtype));
  return out;
}

/// The step a problem's dropout is part of: the problem holds only the key.
inline StepState step_state() { return {.seed = 11, .step = 5, .run = 3}; }
constexpr std::uint32_t kLayer = 2;

/// The parts of a block, as bits.
enum : int { kNorm = 1, kRelu = 2, kDrop = 4, kRowIds = 8 };

/// x holds what is left of it once it is stored as `dtype`.
inline ActivationProblem make_problem(Random& random, std::int64_t n, std::int64_t c, int parts,
                                      DType dtype = DType::kF32) {
  ActivationProblem p;
  p.n = n;
  p.c = c;
  p.x = draw(random, n * c, 0.0, dtype);
  p.relu = (parts & kRelu) != 0;
  if ((parts & kNorm) != 0) {
    p.mean = draw(random, c, 0.25);
    p.rstd = draw(random, c, 1.5);
    p.gamma = draw(random, c);
    p.beta = draw(random, c);
  }
  if ((parts & kDrop) != 0) p.rate = 0.3f;
  const StepState step = step_state();
  p.key = random_key(step.seed, step.run, kLayer, Purpose::kDropout, step.step);
  for (std::int64_t i = 0; (parts & kRowIds) != 0 && i < n; ++i) {
    p.row_ids.push_back(std::numeric_limits<NodeId>::max() - static_cast<NodeId>(random.below(1000000)));
  }
  return p;
}

/// Moves every x whose element lies at the ReLU's kink, where float and double may disagree about the mask.
inline void leave_kink(ActivationProblem& p, DType dtype = DType::kF32) {
  for (std::int64_t i = 0; i < p.n; ++i) {
    for (std::int64_t j = 0; j < p.c; ++j) {
      double& x = p.x[p.at(i, j)];
      for (int tries = 0; tries < 8 && std::abs(p.pre(i, j)) < 1e-4; ++tries) x = stored(x + 0.37, dtype);
    }
  }
}

/// A problem's inputs in a backend's memory.
class OnBackend {
 public:
  OnBackend(Backend& backend, const ActivationProblem& p)
      : mean_(backend, to_float(p.mean)),
        rstd_(backend, to_float(p.rstd)),
        gamma_(backend, to_float(p.gamma)),
        beta_(backend, to_float(p.beta)),
        row_ids_(backend, p.row_ids),
        step_(backend, std::vector<StepState>{step_state()}) {
    block_.norm = {mean_.view(), rstd_.view(), gamma_.view(), beta_.view()};
    block_.relu = p.relu;
    block_.dropout = {p.rate, kLayer, step_.data()};
    block_.row_ids = row_ids_.view();
  }
  const Activation& block() const { return block_; }

 private:
  GuardedVec<float> mean_, rstd_, gamma_, beta_;
  GuardedVec<NodeId> row_ids_;
  GuardedVec<StepState> step_;
  Activation block_;
};

}  // namespace weft::testing
