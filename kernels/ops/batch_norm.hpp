#pragma once
// The statistics of a batch norm; applying them is Activate's.
#include "kernels/ops/checks.hpp"
#include "kernels/ops/options.hpp"

namespace weft {

/// Running statistics and hyper-parameters of a batch norm, as PyTorch's BatchNorm1d defines them.
struct BatchNormState {
  Vec<float> running_mean = {};  // [c]
  Vec<float> running_var = {};   // [c], unbiased
  float epsilon = 1e-5f;         // > 0
  float momentum = 0.1f;         // in (0, 1]: weight of the new batch

  void check(const char* op, Vec<float> mean, Vec<float> rstd) const {
    const std::int64_t c = running_mean.size;
    check_size(op, "running_var", running_var, c, "the size of running_mean");
    check_size(op, "mean", mean, c, "the size of running_mean");
    check_size(op, "rstd", rstd, c, "the size of running_mean");
    WEFT_CHECK(epsilon > 0.0f, op, ": epsilon is ", epsilon, "; it must be > 0");
    WEFT_CHECK(momentum > 0.0f && momentum <= 1.0f, op, ": momentum is ", momentum, "; it must be in (0, 1]");
  }
};

/// Moments of the columns of x [n, c] or bf16; n >= 1.
template <class M>
struct BatchNormStatisticsT {
  In<M> x;
  Moments moments;

  static constexpr const char* kName = "batch_norm_statistics";
  template <class N, class At>
  BatchNormStatisticsT<N> as(At&& at) const {
    return {at.in(x), at.out(moments)};
  }
  bool empty() const { return false; }
  void check(const Backend& backend) const {
    check_stored(backend, kName, "x", x);
    WEFT_CHECK(x.rows >= 1, kName, ": x is ", shape(x), "; statistics need at least one row");
    check_moments(kName, moments, x.cols);
  }
};
using BatchNormStatistics = BatchNormStatisticsT<Mat>;

/// mean and rstd = 1 / sqrt(biased variance + epsilon) of the batch, and the update of the running statistics
/// (unbiased variance). The caller sees to it that the batch has at least 2 rows.
struct BatchNormTraining {
  Moments moments;
  BatchNormState state;
  Vec<float> mean, rstd;

  static constexpr const char* kName = "batch_norm_training";
  template <class, class At>
  BatchNormTraining as(At&& at) const {
    return {at.in(moments), at.inout(state), at.out(mean), at.out(rstd)};
  }
  bool empty() const { return mean.empty(); }
  void check(const Backend&) const {
    state.check(kName, mean, rstd);
    check_moments(kName, moments, mean.size);
  }
};

/// mean and rstd from the running statistics.
struct BatchNormInference {
  BatchNormState state;
  Vec<float> mean, rstd;

  static constexpr const char* kName = "batch_norm_inference";
  template <class, class At>
  BatchNormInference as(At&& at) const {
    return {at.in(state), at.out(mean), at.out(rstd)};
  }
  bool empty() const { return mean.empty(); }
  void check(const Backend&) const { state.check(kName, mean, rstd); }
};

}  // namespace weft
