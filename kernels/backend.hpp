#pragma once
// Every op, declared once with its contract. The public members check their arguments and return early on
// empty shapes; the private do_* members of each backend (kernels/cpu, kernels/cuda) trust them.
//
// Letters: n rows of an activation, e edges, c channels in, h channels out, k classes, r rows that reach the
// loss.
//
// Common to all ops:
//   - Matrices are float32, row-major, ld >= cols. Outputs must not alias inputs unless the op says they may.
//   - Errors: kInvalidArgument when shapes, types or scratch disagree; the message shows both sides.
//   - Determinism: the same bits for the same inputs at any thread count. Every sum runs in a fixed order
//   that
//     does not depend on the vector width, and every multiply-add in it is fused.
//   - An op that needs scratch has a sibling <op>_scratch that tells how many bytes of Stream::scratch it
//   uses.
#include <string>

#include "kernels/base/error.hpp"
#include "kernels/base/philox.hpp"
#include "kernels/base/types.hpp"
#include "kernels/base/view.hpp"

namespace weft {

/// One in-order queue of a backend, and the scratch that ops running on it may overwrite.
struct Stream {
  void* queue = nullptr;  ///< the backend's own handle; null on the CPU
  void* scratch = nullptr;
  std::size_t scratch_bytes = 0;
};

/// What changes from step to step. It lives in the backend's memory and is read there, so that a captured
/// epoch can be replayed without new arguments.
struct StepState {
  std::uint64_t seed = 0;
  std::int64_t step = 0;  ///< optimiser steps begun; the first training step is 1
  std::uint32_t run = 0;
  float learning_rate = 0.0f;
};

/// Factors of a symmetric normalisation and a bias, applied while a sparse product is written:
/// y[i, :] = row_scale[i] * sum_j A[i, j] * (col_scale[j] * x[j, :]) + bias. Each may be empty.
struct SpmmOptions {
  Vec<const float> row_scale = {};  // [num_rows]
  Vec<const float> col_scale = {};  // [num_cols]
  Vec<const float> bias = {};       // [x.cols]
};

/// Statistics of a batch as count, sum and sum of squared deviations from the mean: parts of a batch can be
/// joined (Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
/// 1979).
struct Moments {
  double* count = nullptr;  // [1]
  Vec<double> sum = {};     // [c]
  Vec<double> m2 = {};      // [c]
};

/// Running statistics and hyper-parameters of a batch norm, as PyTorch's BatchNorm1d defines them.
struct BatchNormState {
  Vec<float> running_mean = {};  // [c]
  Vec<float> running_var = {};   // [c], unbiased
  float epsilon = 1e-5f;         // > 0
  float momentum = 0.1f;         // in (0, 1]: weight of the new batch
};

/// What a batch norm applies: (x - mean) * rstd * gamma + beta. All four [c], or all empty for no
/// normalisation.
struct Normalization {
  Vec<const float> mean = {};
  Vec<const float> rstd = {};
  Vec<const float> gamma = {};
  Vec<const float> beta = {};
};

/// Counter-based dropout: element (i, j) is zero iff its word of Philox (key = seed, run, layer, kDropout,
/// step; counter = original row id, column) is below rate * 2^32, else it is multiplied by 1 / (1 - rate).
struct Dropout {
  float rate = 0.0f;                // in [0, 1); 0: identity
  std::uint32_t layer = 0;          // which dropout of the model
  const StepState* step = nullptr;  // in the backend's memory; needed when rate > 0
};

/// The block between two layers: normalisation, then ReLU, then dropout; each part may be switched off, so
/// batch norm alone, ReLU alone and dropout alone are this op too.
struct Activation {
  Normalization norm = {};
  bool relu = false;
  Dropout dropout = {};
  Vec<const NodeId> row_ids = {};  // [n] original row ids for the dropout counter; empty: 0 .. n-1
};

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

/// Number of splits that count_correct tells apart: train, valid, test.
constexpr int kSplitParts = 3;

class Backend {
 public:
  virtual ~Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  /// "cpu", "cuda" or "simt".
  virtual const char* name() const = 0;
  /// For people: instruction set or card, and threads.
  virtual std::string description() const = 0;

  // ---- memory
  // -----------------------------------------------------------------------------------------------
  /// At least 64-byte aligned, contents undefined. Errors: kOutOfMemory naming `what`, the bytes asked and
  /// free.
  void* allocate(std::size_t bytes, const char* what);
  void release(void* memory) noexcept;
  /// Bytes that can still be allocated: the smaller of what the machine and the container's limit leave.
  virtual std::size_t available_memory() const = 0;
  /// Whether ops take host memory as it is, so that what is mapped or built on the host needs no copy.
  virtual bool reads_host_memory() const = 0;
  void upload(Stream& stream, void* device, const void* host, std::size_t bytes);
  void download(Stream& stream, void* host, const void* device, std::size_t bytes);
  void fill_zero(Stream& stream, void* device, std::size_t bytes);
  /// Waits until everything queued on the stream is done.
  virtual void synchronize(Stream& stream) = 0;

  // ---- sparse
  // -----------------------------------------------------------------------------------------------
  /// y = A x with the scalings and bias of `options`.
  /// a [n, m] CSR, weights used when present;  x [m, c];  y [n, c], overwritten.
  /// A row without edges gives the bias (zeros without one).
  /// Source: Yang, Buluc, Owens, "Design Principles for Sparse Matrix Multiplication on the GPU", 2018,
  /// arXiv:1803.08601 (row split); the balance by non-zeros over threads is theirs too.
  void spmm(Stream& stream, const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options = {});

  // ---- dense
  // ------------------------------------------------------------------------------------------------
  /// c = a b + bias.  a [n, c], b [c, h], bias [h] or empty, c [n, h] overwritten.
  void gemm(Stream& stream, ConstMat a, ConstMat b, Mat c, Vec<const float> bias = {});
  std::size_t gemm_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const;
  /// c += a^T b: the gradient of a weight.  a [n, c], b [n, h], c [c, h].
  void gemm_tn(Stream& stream, ConstMat a, ConstMat b, Mat c);
  std::size_t gemm_tn_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const;
  /// c = a b^T: the gradient of a layer's input.  a [n, h], b [c, h], c [n, c] overwritten.
  void gemm_nt(Stream& stream, ConstMat a, ConstMat b, Mat c);
  std::size_t gemm_nt_scratch(std::int64_t n, std::int64_t h, std::int64_t c) const;

  // ---- batch norm, activation, dropout
  // ------------------------------------------------------------------------
  /// Moments of the columns of x [n, c]; n >= 1.
  void batch_norm_statistics(Stream& stream, ConstMat x, Moments moments);
  std::size_t batch_norm_statistics_scratch(std::int64_t n, std::int64_t c) const;
  /// mean and rstd = 1 / sqrt(biased variance + epsilon) of the batch, and the update of the running
  /// statistics (unbiased variance). Errors: kInvalidArgument when the batch had fewer than 2 rows is the
  /// caller's to avoid.
  void batch_norm_training(Stream& stream, Moments moments, BatchNormState state, Vec<float> mean,
                           Vec<float> rstd);
  /// mean and rstd from the running statistics.
  void batch_norm_inference(Stream& stream, BatchNormState state, Vec<float> mean, Vec<float> rstd);
  /// y = dropout(relu(norm(x))).  x, y [n, c]; y may be x.
  void activate(Stream& stream, ConstMat x, const Activation& block, Mat y);
  /// Gradient of activate, with the statistics' own gradient when there is a normalisation:
  ///   g      = dy through dropout and ReLU (masks recomputed from x and the counters, none stored)
  ///   dgamma += sum_i g * xhat;  dbeta += sum_i g      (empty without normalisation)
  ///   dx     = gamma * rstd * (g - mean_i(g) - xhat * mean_i(g * xhat)),  or g without normalisation.
  /// x, dy, dx [n, c]; dx may be dy. Source: Ioffe, Szegedy, "Batch Normalization", 2015, arXiv:1502.03167.
  void activate_backward(Stream& stream, ConstMat x, ConstMat dy, const Activation& block, Mat dx,
                         Vec<float> dgamma, Vec<float> dbeta);
  std::size_t activate_backward_scratch(std::int64_t n, std::int64_t c) const;

  // ---- rows
  // -------------------------------------------------------------------------------------------------
  /// out[j] += sum_i x[i, j]: the gradient of a bias.  x [n, c], out [c].
  void column_sums(Stream& stream, ConstMat x, Vec<float> out);
  std::size_t column_sums_scratch(std::int64_t n, std::int64_t c) const;
  /// y[i, :] = x[rows[i], :].  rows [r], each in [0, x.rows);  y [r, c].
  void gather_rows(Stream& stream, ConstMat x, Vec<const NodeId> rows, Mat y);
  /// The first column of each row's largest value; NaN counts as smallest.  x [n, k], out [n].
  void argmax(Stream& stream, ConstMat x, Vec<std::int32_t> out);
  /// Rows whose argmax equals their label, per split part: correct[part[i]] += 1. Rows whose part is outside
  /// 0 .. kSplitParts - 1 are not counted.  logits [n, k], labels [n], part [n], correct [kSplitParts]
  /// overwritten.
  void count_correct(Stream& stream, ConstMat logits, Vec<const std::int32_t> labels,
                     Vec<const std::uint8_t> part, Vec<std::int64_t> correct);

  // ---- loss and optimiser
  // -------------------------------------------------------------------------------------
  /// loss[0] = mean over rows of -log softmax(logits)[label], dlogits = its gradient (softmax - one-hot) / r.
  /// logits, dlogits [r, k], dlogits may be logits;  labels [r] in [0, k);  loss [1] in double.
  void log_softmax_nll(Stream& stream, ConstMat logits, Vec<const std::int32_t> labels, Mat dlogits,
                       Vec<double> loss);
  std::size_t log_softmax_nll_scratch(std::int64_t r) const;
  /// state->step += 1: the first op of a training step.
  void begin_step(Stream& stream, StepState* state);
  /// One step of Adam over all parameters, as torch.optim.Adam computes it; step and learning rate from
  /// `state`. parameters, gradients, m, v [p];  groups cover [0, p) in order without gaps. Source: Kingma,
  /// Ba, "Adam: A Method for Stochastic Optimization", 2014, arXiv:1412.6980.
  void adam(Stream& stream, Vec<float> parameters, Vec<const float> gradients, Vec<float> m, Vec<float> v,
            Vec<const AdamGroup> groups, const AdamOptions& options, const StepState* state);

 protected:
  Backend() = default;

 private:
  virtual void* do_allocate(std::size_t bytes, const char* what) = 0;
  virtual void do_release(void* memory) noexcept = 0;
  virtual void do_upload(Stream&, void* device, const void* host, std::size_t bytes) = 0;
  virtual void do_download(Stream&, void* host, const void* device, std::size_t bytes) = 0;
  virtual void do_fill_zero(Stream&, void* device, std::size_t bytes) = 0;
  virtual void do_spmm(Stream&, const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options) = 0;
  virtual void do_gemm(Stream&, ConstMat a, ConstMat b, Mat c, Vec<const float> bias) = 0;
  virtual std::size_t do_gemm_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const = 0;
  virtual void do_gemm_tn(Stream&, ConstMat a, ConstMat b, Mat c) = 0;
  virtual std::size_t do_gemm_tn_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const = 0;
  virtual void do_gemm_nt(Stream&, ConstMat a, ConstMat b, Mat c) = 0;
  virtual std::size_t do_gemm_nt_scratch(std::int64_t n, std::int64_t h, std::int64_t c) const = 0;
  virtual void do_batch_norm_statistics(Stream&, ConstMat x, Moments moments) = 0;
  virtual std::size_t do_batch_norm_statistics_scratch(std::int64_t n, std::int64_t c) const = 0;
  virtual void do_batch_norm_training(Stream&, Moments moments, BatchNormState state, Vec<float> mean,
                                      Vec<float> rstd) = 0;
  virtual void do_batch_norm_inference(Stream&, BatchNormState state, Vec<float> mean, Vec<float> rstd) = 0;
  virtual void do_activate(Stream&, ConstMat x, const Activation& block, Mat y) = 0;
  virtual void do_activate_backward(Stream&, ConstMat x, ConstMat dy, const Activation& block, Mat dx,
                                    Vec<float> dgamma, Vec<float> dbeta) = 0;
  virtual std::size_t do_activate_backward_scratch(std::int64_t n, std::int64_t c) const = 0;
  virtual void do_column_sums(Stream&, ConstMat x, Vec<float> out) = 0;
  virtual std::size_t do_column_sums_scratch(std::int64_t n, std::int64_t c) const = 0;
  virtual void do_gather_rows(Stream&, ConstMat x, Vec<const NodeId> rows, Mat y) = 0;
  virtual void do_argmax(Stream&, ConstMat x, Vec<std::int32_t> out) = 0;
  virtual void do_count_correct(Stream&, ConstMat logits, Vec<const std::int32_t> labels,
                                Vec<const std::uint8_t> part, Vec<std::int64_t> correct) = 0;
  virtual void do_log_softmax_nll(Stream&, ConstMat logits, Vec<const std::int32_t> labels, Mat dlogits,
                                  Vec<double> loss) = 0;
  virtual std::size_t do_log_softmax_nll_scratch(std::int64_t r) const = 0;
  virtual void do_begin_step(Stream&, StepState* state) = 0;
  virtual void do_adam(Stream&, Vec<float> parameters, Vec<const float> gradients, Vec<float> m, Vec<float> v,
                       Vec<const AdamGroup> groups, const AdamOptions& options, const StepState* state) = 0;
};

}  // namespace weft
