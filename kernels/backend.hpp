#pragma once
// Every op, declared once with its contract. The public members check their arguments and return early on
// empty shapes; the private do_* members of each backend (kernels/cpu, kernels/cuda) trust them.
//
// Letters: n rows of an activation, e edges, c channels in, h channels out, k classes, r rows that reach the
// loss.
//
// Common to all ops:
//   - Matrices are row-major, ld >= cols, and float32; where an op says "or bf16", bfloat16 storage is read
//   and
//     written too (arithmetic stays in float32) on a backend whose stores_bf16() is true. Outputs must not
//     alias inputs unless the op says they may.
//   - Errors: kInvalidArgument when shapes, types or scratch disagree; the message shows both sides.
//   - Determinism: the same bits for the same inputs at any thread count. Every sum runs in a fixed order
//   that
//     does not depend on the vector width, and every multiply-add in it is fused.
//   - An op that needs scratch has a sibling <op>_scratch that tells how many bytes of Stream::scratch it
//   uses.
#include <functional>
#include <memory>
#include <string>
#include <vector>

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

/// Statistics of a batch as count, sum and sum of squared deviations from the mean: parts of a batch can be
/// joined (Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
/// 1979).
struct Moments {
  double* count = nullptr;  // [1]
  Vec<double> sum = {};     // [c]
  Vec<double> m2 = {};      // [c]
};

/// How a sparse product is computed. A backend chooses by itself with kAuto and knows which others it has.
enum class SpmmMethod : std::uint8_t {
  kAuto,
  kRows,          ///< a row is one piece of work
  kBalanced,      ///< rows of many edges are cut into pieces, which are added in order
  kCusparseAlg1,  ///< cuSPARSE's CUSPARSE_SPMM_CSR_ALG1, for comparison: no scales, bias or moments
  kCusparseAlg2,
  kCusparseAlg3,
};
inline const char* spmm_method_name(SpmmMethod method) {
  switch (method) {
    case SpmmMethod::kAuto:
      return "auto";
    case SpmmMethod::kRows:
      return "rows";
    case SpmmMethod::kBalanced:
      return "balanced";
    case SpmmMethod::kCusparseAlg1:
      return "cusparse-alg1";
    case SpmmMethod::kCusparseAlg2:
      return "cusparse-alg2";
    case SpmmMethod::kCusparseAlg3:
      return "cusparse-alg3";
  }
  return "unknown";
}

/// Factors of a symmetric normalisation and a bias, applied while a sparse product is written:
/// y[i, :] = row_scale[i] * sum_j A[i, j] * (col_scale[j] * x[j, :]) + bias. Each may be empty.
struct SpmmOptions {
  Vec<const float> row_scale = {};  // [num_rows]
  Vec<const float> col_scale = {};  // [num_cols]
  Vec<const float> bias = {};       // [x.cols]
  Moments moments = {};             // of the columns of y, when given: what batch_norm_statistics would say
  SpmmMethod method = SpmmMethod::kAuto;
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
  // Memory in which a backend may leave the mask for the step's later ops, [n, dropout_mask_words(c)]: a bit
  // for each element that is kept. Without it, each op draws the mask again; the numbers are the same.
  std::uint64_t* mask = nullptr;
  bool drawn = false;  // an op with this mask has run in this step
};
constexpr std::int64_t dropout_mask_words(std::int64_t c) { return (c + 63) / 64; }

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

/// A point in a stream's work, to wait for and to take times between.
class Event {
 public:
  virtual ~Event() = default;
  /// The point after everything queued so far; moves the event there.
  virtual void record(Stream& stream) = 0;
  /// Blocks until the work before the point is done.
  virtual void wait() = 0;
  /// Seconds on the device's clock from `earlier`'s point to this one. Waits for both.
  virtual double seconds_since(Event& earlier) = 0;
};

/// Recorded work that runs again with one call.
class Replay {
 public:
  virtual ~Replay() = default;
  virtual void run(Stream& stream) = 0;
};

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
  /// The most bytes that were allocated at one time so far; 0 where the backend does not count.
  virtual std::size_t peak_memory() const = 0;
  /// Whether ops take host memory as it is, so that what is mapped or built on the host needs no copy.
  virtual bool reads_host_memory() const = 0;
  /// Whether matrices may be stored as bfloat16.
  virtual bool stores_bf16() const = 0;
  /// `host` may be reused when it returns.
  void upload(Stream& stream, void* device, const void* host, std::size_t bytes);
  /// `host` is filled when it returns: everything queued before is done then.
  void download(Stream& stream, void* host, const void* device, std::size_t bytes);
  /// Both in the backend's memory, not overlapping.
  void copy(Stream& stream, void* to, const void* from, std::size_t bytes);
  void fill_zero(Stream& stream, void* device, std::size_t bytes);
  /// Waits until everything queued on the stream is done.
  virtual void synchronize(Stream& stream) = 0;

  // ---- working ahead
  // ----------------------------------------------------------------------------------------------
  /// Whether ops may return before their work is done, so that it pays to queue more and look later.
  virtual bool asynchronous() const = 0;
  /// Host memory that download_later can fill without stopping the caller; 64-byte aligned. Errors:
  /// kOutOfMemory.
  void* allocate_host(std::size_t bytes);
  void release_host(void* memory) noexcept;
  /// `host`, from allocate_host, is filled once an event recorded behind it has been waited for.
  void download_later(Stream& stream, void* host, const void* device, std::size_t bytes);
  virtual std::unique_ptr<Event> make_event() = 0;
  /// Records what `work` queues on the stream, without running it. Nothing where the backend cannot record.
  /// `work` must neither allocate nor wait, and must have run once before.
  virtual std::unique_ptr<Replay> record(Stream& stream, const std::function<void()>& work) = 0;

  // ---- sparse
  // -----------------------------------------------------------------------------------------------
  /// y = A x with the scalings, bias and moments of `options`.
  /// a [n, m] CSR, weights used when present;  x [m, c] or bf16;  y [n, c] or bf16, overwritten.
  /// A row without edges gives the bias (zeros without one). Moments need n >= 1 and are those of y before it
  /// is rounded to bf16. Errors: kUnsupported for a method that the backend lacks, or that cannot do what is
  /// asked. Source: Yang, Buluc, Owens, "Design Principles for Sparse Matrix Multiplication on the GPU",
  /// 2018, arXiv:1803.08601 (row split); the balance by non-zeros over threads is theirs too.
  void spmm(Stream& stream, const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options = {});
  /// Depends on the sizes of `a`, on c and on which options are given.
  std::size_t spmm_scratch(const CsrView& a, std::int64_t c, const SpmmOptions& options = {}) const;
  /// The methods that spmm takes beside kAuto.
  virtual std::vector<SpmmMethod> spmm_methods() const = 0;
  /// A^T of a without weights: what backward passes gather over.
  /// a [n, m];  offsets [m + 1], cols [e] (rows of a, ascending within each row of A^T), both overwritten.
  void transpose(Stream& stream, const CsrView& a, Vec<EdgeId> offsets, Vec<NodeId> cols);
  std::size_t transpose_scratch(const CsrView& a) const;
  /// Dropout on the stored values of a sparse matrix: values[e] is the weight of entry e, 1 without weights,
  /// as `activate` would leave it in the dense matrix; the same elements are dropped.
  /// a [n, c] CSR, row i being original row i;  values [e], overwritten, not a's weights.
  void drop_values(Stream& stream, const CsrView& a, const Dropout& dropout, Vec<float> values);
  /// y += A^T x: the gradient of a weight behind a sparse input.
  /// a [n, c] CSR, weights used when present;  x [n, h];  y [c, h].
  /// transposed [c, n]: A^T, whose edge_ids name the entries of `a` that have its weights. Its arrays may be
  /// missing where takes_transposed() is false.
  void spmm_tn(Stream& stream, const CsrView& a, const CsrView& transposed, ConstMat x, Mat y);
  std::size_t spmm_tn_scratch(const CsrView& a, std::int64_t h) const;
  /// Whether spmm_tn gathers over A^T, or walks over A.
  virtual bool takes_transposed() const = 0;

  // ---- dense
  // ------------------------------------------------------------------------------------------------
  // a and b may both be bf16, and c too where it is overwritten.
  /// c = a b + bias.  a [n, c], b [c, h], bias [h] or empty, in the type of c before it is added;  c [n, h]
  /// overwritten.
  void gemm(Stream& stream, ConstMat a, ConstMat b, Mat c, Vec<const float> bias = {});
  std::size_t gemm_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const;
  /// c += a^T b: the gradient of a weight.  a [n, c], b [n, h], c [c, h].
  void gemm_tn(Stream& stream, ConstMat a, ConstMat b, Mat c);
  std::size_t gemm_tn_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const;
  /// c = a b^T: the gradient of a layer's input.  a [n, h], b [c, h], c [n, c] overwritten.
  void gemm_nt(Stream& stream, ConstMat a, ConstMat b, Mat c);
  std::size_t gemm_nt_scratch(std::int64_t n, std::int64_t h, std::int64_t c) const;

  // ---- dense products of a block's output
  // ------------------------------------------------------------------------
  // What activate, then gemm or gemm_tn, would give, but f(x), for f the block, need not lie in memory; f(x)
  // is x's type. Terms whose factor of f(x) is exactly 0 may be left out, which ReLU and dropout make most.
  /// c = f(x) b + bias.  x [n, c], b [c, h], bias [h] or empty;  c [n, h] overwritten.
  void gemm_activated(Stream& stream, ConstMat x, const Activation& block, ConstMat b, Mat c,
                      Vec<const float> bias = {});
  std::size_t gemm_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const;
  /// c += f(x)^T b.  x [n, c], b [n, h], c [c, h].
  void gemm_tn_activated(Stream& stream, ConstMat x, const Activation& block, ConstMat b, Mat c);
  std::size_t gemm_tn_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const;

  // ---- batch norm, activation, dropout
  // ------------------------------------------------------------------------
  /// Moments of the columns of x [n, c] or bf16; n >= 1.
  void batch_norm_statistics(Stream& stream, ConstMat x, Moments moments);
  std::size_t batch_norm_statistics_scratch(std::int64_t n, std::int64_t c) const;
  /// mean and rstd = 1 / sqrt(biased variance + epsilon) of the batch, and the update of the running
  /// statistics (unbiased variance). Errors: kInvalidArgument when the batch had fewer than 2 rows is the
  /// caller's to avoid.
  void batch_norm_training(Stream& stream, Moments moments, BatchNormState state, Vec<float> mean,
                           Vec<float> rstd);
  /// mean and rstd from the running statistics.
  void batch_norm_inference(Stream& stream, BatchNormState state, Vec<float> mean, Vec<float> rstd);
  /// y = dropout(relu(norm(x))).  x, y [n, c] or bf16; y may be x.
  void activate(Stream& stream, ConstMat x, const Activation& block, Mat y);
  /// Gradient of activate, with the statistics' own gradient when there is a normalisation:
  ///   g      = dy through dropout and ReLU (masks recomputed from x and the counters, none stored)
  ///   dgamma += sum_i g * xhat;  dbeta += sum_i g      (empty without normalisation)
  ///   dx     = gamma * rstd * (g - mean_i(g) - xhat * mean_i(g * xhat)),  or g without normalisation.
  /// x, dy, dx [n, c] or bf16; dx may be dy. Source: Ioffe, Szegedy, "Batch Normalization", 2015,
  /// arXiv:1502.03167.
  void activate_backward(Stream& stream, ConstMat x, ConstMat dy, const Activation& block, Mat dx,
                         Vec<float> dgamma, Vec<float> dbeta);
  std::size_t activate_backward_scratch(std::int64_t n, std::int64_t c) const;
  /// The part of activate_backward that comes before the statistics' own gradient, for product_gradient: `g`
  /// as above instead of dx, dgamma and dbeta as above, and sums = (sum_i g, sum_i g * xhat). x, dy, g [n, c]
  /// or bf16; g may be dy; sums [2 c] overwritten. The block normalises.
  void activate_backward_masks(Stream& stream, ConstMat x, ConstMat dy, const Activation& block, Mat g,
                               Vec<float> dgamma, Vec<float> dbeta, Vec<float> sums);
  std::size_t activate_backward_masks_scratch(std::int64_t n, std::int64_t c) const;

  // ---- a batch norm behind a product whose input never changes
  // ----------------------------------------------------------
  // With S = sum_i (x_i - mean(x)) (x_i - mean(x))^T known, the statistics of y = x w + bias and the gradient
  // of w through the batch norm need no pass over the n rows of y.
  /// Moments of the columns of y: sum_y = sum_x w + n bias, m2_y[j] = w[:, j]^T S w[:, j].
  /// x moments of c columns;  w [c, h];  sw [c, h] = S w;  bias [h] or empty;  y moments of h columns.
  void product_moments(Stream& stream, Moments x, ConstMat w, ConstMat sw, Vec<const float> bias, Moments y);
  /// dw += x^T dy, where dy = gamma rstd (g - mean(g) - xhat mean(g xhat)) and xhat = norm(x w + bias):
  ///   dw[k, j] += gamma[j] rstd[j] (xg[k, j] - (sum_x[k] sum_g[j] + sw[k, j] rstd[j] sum_gxhat[j]) / n).
  /// xg [c, h] = x^T g;  sw [c, h] = S w;  x moments of c columns;  sums [2 h] of activate_backward_masks.
  void product_gradient(Stream& stream, ConstMat xg, ConstMat sw, Moments x, const Normalization& norm,
                        Vec<const float> sums, Mat dw);

  // ---- rows
  // -------------------------------------------------------------------------------------------------
  /// out[j] += sum_i x[i, j]: the gradient of a bias.  x [n, c], out [c].
  void column_sums(Stream& stream, ConstMat x, Vec<float> out);
  std::size_t column_sums_scratch(std::int64_t n, std::int64_t c) const;
  /// y = x in the type of y, rounded to nearest even.  x, y [n, c] or bf16.
  void convert(Stream& stream, ConstMat x, Mat y);
  /// y[i, :] = x[rows[i], :].  rows [r], each in [0, x.rows);  y [r, c].
  void gather_rows(Stream& stream, ConstMat x, Vec<const NodeId> rows, Mat y);
  /// y[rows[i], :] = x[i, :]; the other rows of y keep what they have.  x [r, c];  rows [r], each in [0,
  /// y.rows) and no two alike;  y [n, c].
  void scatter_rows(Stream& stream, ConstMat x, Vec<const NodeId> rows, Mat y);
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
  /// loss[0] = mean over the entries whose target is not NaN of max(z, 0) - z t + log(1 + exp(-|z|)), for
  /// logits z and targets t in [0, 1]; dlogits = its gradient (sigmoid(z) - t) / entries, 0 where the target
  /// is NaN. Without a single target the loss is NaN and the gradient 0. logits, targets, dlogits [r, k],
  /// dlogits may be logits;  loss [1] in double.
  void bce_with_logits(Stream& stream, ConstMat logits, ConstMat targets, Mat dlogits, Vec<double> loss);
  std::size_t bce_with_logits_scratch(std::int64_t r, std::int64_t k) const;
  /// state->step += 1: the first op of a training step.
  void begin_step(Stream& stream, StepState* state);
  /// One step of Adam over all parameters, as torch.optim.Adam computes it; step and learning rate from
  /// `state`. parameters, gradients, m, v [p];  groups cover [0, p) in order without gaps. Source: Kingma,
  /// Ba, "Adam: A Method for Stochastic Optimization", 2014, arXiv:1412.6980.
  void adam(Stream& stream, Vec<float> parameters, Vec<const float> gradients, Vec<float> m, Vec<float> v,
            Vec<const AdamGroup> groups, const AdamOptions& options, const StepState* state);

 protected:
  Backend() = default;

  virtual void* do_allocate(std::size_t bytes, const char* what) = 0;
  virtual void do_release(void* memory) noexcept = 0;
  virtual void do_upload(Stream&, void* device, const void* host, std::size_t bytes) = 0;
  virtual void do_download(Stream&, void* host, const void* device, std::size_t bytes) = 0;
  virtual void do_copy(Stream&, void* to, const void* from, std::size_t bytes) = 0;
  virtual void do_fill_zero(Stream&, void* device, std::size_t bytes) = 0;
  virtual void* do_allocate_host(std::size_t bytes) = 0;
  virtual void do_release_host(void* memory) noexcept = 0;
  virtual void do_download_later(Stream&, void* host, const void* device, std::size_t bytes) = 0;
  virtual void do_spmm(Stream&, const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options) = 0;
  virtual std::size_t do_spmm_scratch(const CsrView& a, std::int64_t c, const SpmmOptions& options) const = 0;
  virtual void do_transpose(Stream&, const CsrView& a, Vec<EdgeId> offsets, Vec<NodeId> cols) = 0;
  virtual std::size_t do_transpose_scratch(const CsrView& a) const = 0;
  virtual void do_drop_values(Stream&, const CsrView& a, const Dropout& dropout, Vec<float> values) = 0;
  virtual void do_spmm_tn(Stream&, const CsrView& a, const CsrView& transposed, ConstMat x, Mat y) = 0;
  virtual std::size_t do_spmm_tn_scratch(const CsrView& a, std::int64_t h) const = 0;
  virtual void do_gemm(Stream&, ConstMat a, ConstMat b, Mat c, Vec<const float> bias) = 0;
  virtual std::size_t do_gemm_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const = 0;
  virtual void do_gemm_tn(Stream&, ConstMat a, ConstMat b, Mat c) = 0;
  virtual std::size_t do_gemm_tn_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const = 0;
  virtual void do_gemm_nt(Stream&, ConstMat a, ConstMat b, Mat c) = 0;
  virtual std::size_t do_gemm_nt_scratch(std::int64_t n, std::int64_t h, std::int64_t c) const = 0;
  virtual void do_gemm_activated(Stream&, ConstMat x, const Activation& block, ConstMat b, Mat c,
                                 Vec<const float> bias) = 0;
  virtual std::size_t do_gemm_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const = 0;
  virtual void do_gemm_tn_activated(Stream&, ConstMat x, const Activation& block, ConstMat b, Mat c) = 0;
  virtual std::size_t do_gemm_tn_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const = 0;
  virtual void do_batch_norm_statistics(Stream&, ConstMat x, Moments moments) = 0;
  virtual std::size_t do_batch_norm_statistics_scratch(std::int64_t n, std::int64_t c) const = 0;
  virtual void do_batch_norm_training(Stream&, Moments moments, BatchNormState state, Vec<float> mean,
                                      Vec<float> rstd) = 0;
  virtual void do_batch_norm_inference(Stream&, BatchNormState state, Vec<float> mean, Vec<float> rstd) = 0;
  virtual void do_activate(Stream&, ConstMat x, const Activation& block, Mat y) = 0;
  virtual void do_activate_backward(Stream&, ConstMat x, ConstMat dy, const Activation& block, Mat dx,
                                    Vec<float> dgamma, Vec<float> dbeta) = 0;
  virtual std::size_t do_activate_backward_scratch(std::int64_t n, std::int64_t c) const = 0;
  virtual void do_activate_backward_masks(Stream&, ConstMat x, ConstMat dy, const Activation& block, Mat g,
                                          Vec<float> dgamma, Vec<float> dbeta, Vec<float> sums) = 0;
  virtual std::size_t do_activate_backward_masks_scratch(std::int64_t n, std::int64_t c) const = 0;
  virtual void do_product_moments(Stream&, Moments x, ConstMat w, ConstMat sw, Vec<const float> bias,
                                  Moments y) = 0;
  virtual void do_product_gradient(Stream&, ConstMat xg, ConstMat sw, Moments x, const Normalization& norm,
                                   Vec<const float> sums, Mat dw) = 0;
  virtual void do_column_sums(Stream&, ConstMat x, Vec<float> out) = 0;
  virtual std::size_t do_column_sums_scratch(std::int64_t n, std::int64_t c) const = 0;
  virtual void do_convert(Stream&, ConstMat x, Mat y) = 0;
  virtual void do_gather_rows(Stream&, ConstMat x, Vec<const NodeId> rows, Mat y) = 0;
  virtual void do_scatter_rows(Stream&, ConstMat x, Vec<const NodeId> rows, Mat y) = 0;
  virtual void do_argmax(Stream&, ConstMat x, Vec<std::int32_t> out) = 0;
  virtual void do_count_correct(Stream&, ConstMat logits, Vec<const std::int32_t> labels,
                                Vec<const std::uint8_t> part, Vec<std::int64_t> correct) = 0;
  virtual void do_log_softmax_nll(Stream&, ConstMat logits, Vec<const std::int32_t> labels, Mat dlogits,
                                  Vec<double> loss) = 0;
  virtual std::size_t do_log_softmax_nll_scratch(std::int64_t r) const = 0;
  virtual void do_bce_with_logits(Stream&, ConstMat logits, ConstMat targets, Mat dlogits,
                                  Vec<double> loss) = 0;
  virtual std::size_t do_bce_with_logits_scratch(std::int64_t r, std::int64_t k) const = 0;
  virtual void do_begin_step(Stream&, StepState* state) = 0;
  virtual void do_adam(Stream&, Vec<float> parameters, Vec<const float> gradients, Vec<float> m, Vec<float> v,
                       Vec<const AdamGroup> groups, const AdamOptions& options, const StepState* state) = 0;
};

}  // namespace weft
