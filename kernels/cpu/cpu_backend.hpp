#pragma once
// The CPU backend: memory and the class; each op's do_* member is defined in the file of the op's name.
#include <atomic>

#include "kernels/cpu/kernel_table.hpp"
#include "kernels/cpu_backend.hpp"

namespace weft::cpu {

/// The pointer the hot loops take for an optional argument.
template <class T>
T* or_null(Vec<T> vec) {
  return vec.empty() ? nullptr : vec.data;
}

/// Ops run on the calling thread and the pool's, cut into `threads` parts, and are done when they return, so
/// a Stream's queue is unused.
class CpuBackend final : public Backend {
 public:
  /// threads >= 1; `isa` supported here and not kAuto.
  CpuBackend(int threads, Isa isa);

  const char* name() const override { return "cpu"; }
  std::string description() const override;
  std::size_t available_memory() const override;
  std::size_t peak_memory() const override { return peak_; }
  bool reads_host_memory() const override { return true; }
  bool stores_bf16() const override { return false; }
  void synchronize(Stream&) override {}
  bool asynchronous() const override { return false; }
  std::unique_ptr<Event> make_event() override;
  std::unique_ptr<Replay> record(Stream&, const std::function<void()>&) override { return nullptr; }
  std::vector<SpmmMethod> spmm_methods() const override { return {}; }
  bool takes_transposed() const override { return false; }

 private:
  void* do_allocate(std::size_t bytes, const char* what) override;
  void do_release(void* memory) noexcept override;
  void do_upload(Stream&, void* device, const void* host, std::size_t bytes) override;
  void do_download(Stream&, void* host, const void* device, std::size_t bytes) override;
  void do_copy(Stream&, void* to, const void* from, std::size_t bytes) override;
  void do_fill_zero(Stream&, void* device, std::size_t bytes) override;
  void* do_allocate_host(std::size_t bytes) override;
  void do_release_host(void* memory) noexcept override;
  void do_download_later(Stream&, void* host, const void* device, std::size_t bytes) override;
  void do_spmm(Stream&, const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options) override;
  std::size_t do_spmm_scratch(const CsrView& a, std::int64_t c, const SpmmOptions& options) const override;
  void do_transpose(Stream&, const CsrView& a, Vec<EdgeId> offsets, Vec<NodeId> cols) override;
  std::size_t do_transpose_scratch(const CsrView& a) const override;
  void do_drop_values(Stream&, const CsrView& a, const Dropout& dropout, Vec<float> values) override;
  void do_spmm_tn(Stream&, const CsrView& a, const CsrView& transposed, ConstMat x, Mat y) override;
  std::size_t do_spmm_tn_scratch(const CsrView& a, std::int64_t h) const override;
  void do_gemm(Stream&, ConstMat a, ConstMat b, Mat c, Vec<const float> bias) override;
  std::size_t do_gemm_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const override;
  void do_gemm_tn(Stream&, ConstMat a, ConstMat b, Mat c) override;
  std::size_t do_gemm_tn_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const override;
  void do_gemm_nt(Stream&, ConstMat a, ConstMat b, Mat c) override;
  std::size_t do_gemm_nt_scratch(std::int64_t n, std::int64_t h, std::int64_t c) const override;
  void do_gemm_activated(Stream&, ConstMat x, const Activation& block, ConstMat b, Mat c,
                         Vec<const float> bias) override;
  std::size_t do_gemm_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const override;
  void do_gemm_tn_activated(Stream&, ConstMat x, const Activation& block, ConstMat b, Mat c) override;
  std::size_t do_gemm_tn_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const override;
  void do_batch_norm_statistics(Stream&, ConstMat x, Moments moments) override;
  std::size_t do_batch_norm_statistics_scratch(std::int64_t n, std::int64_t c) const override;
  void do_batch_norm_training(Stream&, Moments moments, BatchNormState state, Vec<float> mean,
                              Vec<float> rstd) override;
  void do_batch_norm_inference(Stream&, BatchNormState state, Vec<float> mean, Vec<float> rstd) override;
  void do_activate(Stream&, ConstMat x, const Activation& block, Mat y) override;
  void do_activate_backward(Stream&, ConstMat x, ConstMat dy, const Activation& block, Mat dx,
                            Vec<float> dgamma, Vec<float> dbeta) override;
  std::size_t do_activate_backward_scratch(std::int64_t n, std::int64_t c) const override;
  void do_activate_backward_masks(Stream&, ConstMat x, ConstMat dy, const Activation& block, Mat g,
                                  Vec<float> dgamma, Vec<float> dbeta, Vec<float> sums) override;
  std::size_t do_activate_backward_masks_scratch(std::int64_t n, std::int64_t c) const override;
  void do_product_moments(Stream&, Moments x, ConstMat w, ConstMat sw, Vec<const float> bias,
                          Moments y) override;
  void do_product_gradient(Stream&, ConstMat xg, ConstMat sw, Moments x, const Normalization& norm,
                           Vec<const float> sums, Mat dw) override;
  void do_column_sums(Stream&, ConstMat x, Vec<float> out) override;
  std::size_t do_column_sums_scratch(std::int64_t n, std::int64_t c) const override;
  void do_convert(Stream&, ConstMat x, Mat y) override;
  void do_gather_rows(Stream&, ConstMat x, Vec<const NodeId> rows, Mat y) override;
  void do_scatter_rows(Stream&, ConstMat x, Vec<const NodeId> rows, Mat y) override;
  void do_argmax(Stream&, ConstMat x, Vec<std::int32_t> out) override;
  void do_count_correct(Stream&, ConstMat logits, Vec<const std::int32_t> labels,
                        Vec<const std::uint8_t> part, Vec<std::int64_t> correct) override;
  void do_log_softmax_nll(Stream&, ConstMat logits, Vec<const std::int32_t> labels, Mat dlogits,
                          Vec<double> loss) override;
  std::size_t do_log_softmax_nll_scratch(std::int64_t r) const override;
  void do_bce_with_logits(Stream&, ConstMat logits, ConstMat targets, Mat dlogits, Vec<double> loss) override;
  std::size_t do_bce_with_logits_scratch(std::int64_t r, std::int64_t k) const override;
  void do_begin_step(Stream&, StepState* state) override;
  void do_adam(Stream&, Vec<float> parameters, Vec<const float> gradients, Vec<float> m, Vec<float> v,
               Vec<const AdamGroup> groups, const AdamOptions& options, const StepState* state) override;

  /// The halves of batch_norm_statistics, for ops that have a block of rows at hand: its means, deviations
  /// and their squares into its place in `parts` [blocks, 3, c], and the blocks of all n rows joined in
  /// order.
  void block_moments(ConstMat x, std::int64_t block, float* parts) const;
  void join_moments(std::int64_t n, std::int64_t c, const float* parts, Moments moments) const;

  int threads_;
  Isa isa_;
  const KernelTable& kernels_;
  std::atomic<std::size_t> allocated_{0};
  std::atomic<std::size_t> peak_{0};
};

}  // namespace weft::cpu
