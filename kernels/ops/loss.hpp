#pragma once
// Losses with their gradients.
#include "kernels/ops/checks.hpp"

namespace weft {

inline void check_mean(const char* op, const ConstMat& logits, Vec<double> loss) {
  check_size(op, "loss", loss, 1, "its size");
  WEFT_CHECK(!is_empty(logits), op, ": logits are ", shape(logits),
             "; a mean needs at least one row and column");
}

/// loss[0] = mean over rows of -log softmax(logits)[label], dlogits = its gradient (softmax - one-hot) / r.
/// logits, dlogits [r, k], dlogits may be logits;  labels [r] in [0, k);  loss [1] in double.
template <class M>
struct LogSoftmaxNllT {
  In<M> logits;
  Vec<const std::int32_t> labels;
  M dlogits;
  Vec<double> loss;

  static constexpr const char* kName = "log_softmax_nll";
  template <class N, class At>
  LogSoftmaxNllT<N> as(At&& at) const {
    return {at.in(logits), at.in(labels), at.out(dlogits), at.out(loss)};
  }
  bool empty() const { return false; }
  void check(const Backend&) const {
    check_matrix(kName, "logits", logits);
    check_matrix(kName, "dlogits", dlogits);
    check_same_shape(kName, "dlogits", dlogits, "logits", logits);
    check_size(kName, "labels", labels, logits.rows, "the number of rows");
    check_mean(kName, logits, loss);
  }
};
using LogSoftmaxNll = LogSoftmaxNllT<Mat>;

/// loss[0] = mean over the entries whose target is not NaN of max(z, 0) - z t + log(1 + exp(-|z|)), for
/// logits z and targets t in [0, 1]; dlogits = its gradient (sigmoid(z) - t) / entries, 0 where the target is
/// NaN. Without a single target the loss is NaN and the gradient 0.
/// logits, targets, dlogits [r, k], dlogits may be logits;  loss [1] in double.
template <class M>
struct BceWithLogitsT {
  In<M> logits, targets;
  M dlogits;
  Vec<double> loss;

  static constexpr const char* kName = "bce_with_logits";
  template <class N, class At>
  BceWithLogitsT<N> as(At&& at) const {
    return {at.in(logits), at.in(targets), at.out(dlogits), at.out(loss)};
  }
  bool empty() const { return false; }
  void check(const Backend&) const {
    check_matrix(kName, "logits", logits);
    check_matrix(kName, "targets", targets);
    check_matrix(kName, "dlogits", dlogits);
    check_same_shape(kName, "targets", targets, "logits", logits);
    check_same_shape(kName, "dlogits", dlogits, "logits", logits);
    check_distinct(kName, "dlogits", dlogits, "targets", targets);
    check_mean(kName, logits, loss);
  }
};
using BceWithLogits = BceWithLogitsT<Mat>;

}  // namespace weft
