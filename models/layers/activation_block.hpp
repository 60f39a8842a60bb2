#pragma once
// The block between two layers: batch norm, ReLU, dropout, each optional; one op in each direction.
//
//   forward   y = drop(relu(xhat * gamma + beta)),  xhat = (x - mean) * rstd
//   backward  g = dy * drop * [xhat * gamma + beta > 0]
//             dgamma += sum g xhat,  dbeta += sum g
//             dx = gamma rstd (g - mean(g) - xhat mean(g xhat))
//
// The backward pass reads x, and y too where Storage keeps it: the masks of ReLU follow from x, those of
// dropout are drawn again or kept as bits.
#include <string>

#include "models/layers/layer.hpp"
#include "models/parameters.hpp"
#include "models/recorder.hpp"

namespace weft::models {

struct ActivationBlockOptions {
  bool batch_norm = false;
  bool relu = true;
  float dropout = 0.0f;          // in [0, 1)
  std::uint32_t dropout_id = 0;  // tells this dropout's random numbers from those of the model's others
};

/// One forward call of a block.
struct BlockResult {
  LayerInput y;
  Tensor x;        // what the block was applied to
  BlockCall call;  // for the backward pass: its mask is drawn
};

class ActivationBlock {
 public:
  /// `name` is the batch norm's, as in "bns.0"; its parameters have `channels` entries.
  ActivationBlock(Parameters& parameters, const std::string& name, std::int64_t channels,
                  const ActivationBlockOptions& options);

  /// Takes the memory of the statistics.
  void allocate(Backend& backend);

  /// Where a layer in front may put the moments of the columns of its output; empty when they are not needed.
  Moments wanted_moments(const Recorder& recorder) const;
  /// Takes the statistics of x [n, c]: of the batch in the training program, running ones otherwise. y is
  /// made here where Storage says that it is kept, and left to those who read it otherwise; the training
  /// output can be read again from the same x as long as the statistics stand. `has_moments`: what
  /// wanted_moments() named is filled, and x need not be read for it.
  BlockResult forward(Recorder& recorder, Tensor x, Vec<const NodeId> row_ids, bool has_moments) const;
  /// Dropout over the values of a sparse x; the block is nothing else.
  SparseInput drop_values(Recorder& recorder, const SparseMatrix& x) const;
  /// Turns dy [n, c], the gradient of a training forward's y, into the gradient of x, in place.
  void backward(Recorder& recorder, const BlockResult& forward, Tensor dy) const;
  /// The same up to the statistics' own gradient, which is left to the layer in front. Overwrites dy.
  MaskedGradient backward_masks(Recorder& recorder, const BlockResult& forward, Tensor dy) const;

 private:
  void normalise(Recorder& recorder, Tensor x, bool has_moments) const;
  Activation block(const Recorder& recorder, Vec<const NodeId> row_ids) const;

  Parameters* parameters_;
  std::string name_;
  std::int64_t channels_;
  ActivationBlockOptions options_;
  int gamma_ = -1, beta_ = -1;
  int running_mean_ = -1, running_var_ = -1;
  Buffer<double> moments_;    // count, sums, m2: [1 + 2c]
  Buffer<float> statistics_;  // mean, rstd: [2c]
};

}  // namespace weft::models
