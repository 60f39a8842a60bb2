#pragma once
// Options that several ops share.
#include "kernels/base/view.hpp"

namespace weft {

/// What changes from step to step. It lies in the backend's memory and is read there, so that a captured
/// epoch can be replayed without new arguments.
struct StepState {
  std::uint64_t seed = 0;
  std::int64_t step = 0;  ///< optimiser steps begun; the first training step is 1
  std::uint32_t run = 0;
  float learning_rate = 0.0f;
};

/// Counter-based dropout: element (i, j) is zero iff its word of Philox (key = seed, run, layer, kDropout,
/// step; counter = original row id, column) is below rate * 2^32, else it is multiplied by 1 / (1 - rate).
struct Dropout {
  float rate = 0.0f;                // in [0, 1); 0: identity
  std::uint32_t layer = 0;          // which dropout of the model
  const StepState* step = nullptr;  // in the backend's memory; needed when rate > 0
  // Memory in which a backend may leave the mask for the step's later ops, [n, dropout_mask_words(c)]: a bit
  // for each element that is kept. Without it, each op draws the mask again; the numbers are the same.
  std::uint64_t* mask = nullptr;
  bool drawn = false;  // an op with this mask has run in this step
};
constexpr std::int64_t dropout_mask_words(std::int64_t c) { return (c + 63) / 64; }

/// Statistics of a batch as count, sum and sum of squared deviations from the mean, so that the parts of a
/// batch can be joined. Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for
/// computing sample variances", 1979.
struct Moments {
  double* count = nullptr;  // [1]
  Vec<double> sum = {};     // [c]
  Vec<double> m2 = {};      // [c]
};

}  // namespace weft
