#pragma once
// A backend in front of another one that notes every op with the sizes of what it moves. Plans and sessions
// run on it as they are.
#include <functional>
#include <memory>
#include <vector>

#include "bench/counters/op_call.hpp"
#include "kernels/backend.hpp"

namespace weft::bench {

class TracedBackend : public Backend {
 public:
  explicit TracedBackend(std::shared_ptr<Backend> inner) : inner_(std::move(inner)) {}

  /// Ops from here on are noted.
  void start();
  /// Those since start().
  std::vector<OpCall> stop();

  const char* name() const override { return inner_->name(); }
  std::string description() const override { return inner_->description(); }
  std::size_t available_memory() const override { return inner_->available_memory(); }
  std::size_t peak_memory() const override { return inner_->peak_memory(); }
  bool reads_host_memory() const override { return inner_->reads_host_memory(); }
  bool stores_bf16() const override { return inner_->stores_bf16(); }
  void synchronize(Stream& stream) override { inner_->synchronize(stream); }
  bool asynchronous() const override { return inner_->asynchronous(); }
  std::unique_ptr<Event> make_event() override { return inner_->make_event(); }
  /// Nothing: a replay would hide its ops.
  std::unique_ptr<Replay> record(Stream&, const std::function<void()>&) override { return nullptr; }
  std::vector<SpmmMethod> spmm_methods() const override { return inner_->spmm_methods(); }
  bool takes_transposed() const override { return inner_->takes_transposed(); }

 protected:
  /// Runs an op that is noted; may look on, and add to the call what it sees.
  virtual void watch(Stream& stream, OpCall& call, const std::function<void()>& run);
  Backend& inner() { return *inner_; }

 private:
  void note(Stream& stream, OpCall call, const std::function<void()>& run);

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

  std::shared_ptr<Backend> inner_;  // calls keep it, to ask it for scratch of other sizes
  bool noting_ = false;
  std::vector<OpCall> calls_;
};

}  // namespace weft::bench
