#pragma once
// The CPU backend behaving like a device, for tests of what stands above backends: ops wait in a queue until
// somebody waits for them, what a download will fill is garbage until then, and programs are recorded op by
// op.
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "kernels/cpu_backend.hpp"
#include "kernels/unfused_backend.hpp"

namespace weft::testing {

class QueuedBackend final : public UnfusedBackend {
 public:
  explicit QueuedBackend(int threads = 1) : inner_(make_cpu_backend({threads, Isa::kAuto})) {}
  ~QueuedBackend() override { drain(); }

  /// Programs recorded and replays run so far.
  int recorded() const { return recorded_; }
  int replayed() const { return replayed_; }

  const char* name() const override { return "queued"; }
  std::string description() const override { return "a queue before " + inner_->description(); }
  std::size_t available_memory() const override { return available_; }
  /// What available_memory() says from now on.
  void set_available(std::size_t bytes) { available_ = bytes; }
  std::size_t peak_memory() const override { return peak_; }
  bool reads_host_memory() const override { return false; }
  bool stores_bf16() const override { return inner_->stores_bf16(); }
  bool asynchronous() const override { return true; }
  std::vector<SpmmMethod> spmm_methods() const override { return inner_->spmm_methods(); }
  bool takes_transposed() const override { return inner_->takes_transposed(); }
  void synchronize(Stream&) override { drain(); }

  std::unique_ptr<Event> make_event() override { return std::make_unique<QueuedEvent>(*this); }

  std::unique_ptr<Replay> record(Stream&, const std::function<void()>& work) override {
    auto replay = std::make_unique<QueuedReplay>(*this);
    recording_ = &replay->ops;
    work();
    recording_ = nullptr;
    ++recorded_;
    return replay;
  }

 private:
  using Op = std::function<void()>;

  class QueuedEvent final : public Event {
   public:
    explicit QueuedEvent(QueuedBackend& backend) : backend_(backend) {}
    void record(Stream&) override {
      done_ = std::make_shared<Moment>();
      backend_.queue([done = done_] {
        done->time = std::chrono::steady_clock::now();
        done->reached = true;
      });
    }
    void wait() override {
      while (!done_->reached) backend_.run_next();
    }
    double seconds_since(Event& earlier) override {
      earlier.wait();
      wait();
      const auto& before = *static_cast<QueuedEvent&>(earlier).done_;
      return std::chrono::duration<double>(done_->time - before.time).count();
    }

   private:
    struct Moment {
      bool reached = false;
      std::chrono::steady_clock::time_point time;
    };
    QueuedBackend& backend_;
    std::shared_ptr<Moment> done_;
  };

  class QueuedReplay final : public Replay {
   public:
    explicit QueuedReplay(QueuedBackend& backend) : backend_(backend) {}
    void run(Stream&) override {
      for (const Op& op : ops) backend_.queue(op);
      ++backend_.replayed_;
    }
    std::vector<Op> ops;

   private:
    QueuedBackend& backend_;
  };

  void queue(Op op) {
    if (recording_ != nullptr) return recording_->push_back(std::move(op));
    queue_.push_back(std::move(op));
  }
  void run_next() {
    Op op = std::move(queue_.front());
    queue_.pop_front();
    op();
  }
  void drain() {
    refuse_recording();
    while (!queue_.empty()) run_next();
  }
  void refuse_recording() const {
    WEFT_CHECK(recording_ == nullptr, "queued: neither memory nor waiting is allowed while recording");
  }

  void* do_allocate(std::size_t bytes, const char* what) override {
    refuse_recording();
    if (bytes > available_) {
      fail(ErrorCode::kOutOfMemory, what, ": ", bytes, " bytes where ", available_, " are free");
    }
    available_ -= bytes;
    taken_ += bytes;
    peak_ = std::max(peak_, taken_);
    void* const memory = inner_->allocate(bytes, what);
    sizes_.emplace_back(memory, bytes);
    return memory;
  }
  void do_release(void* memory) noexcept override {
    drain();
    for (auto& [held, bytes] : sizes_) {
      if (held != memory) continue;
      available_ += bytes;
      taken_ -= bytes;
      held = nullptr;
    }
    inner_->release(memory);
  }
  void do_upload(Stream& stream, void* device, const void* host, std::size_t bytes) override {
    const auto* const begin = static_cast<const std::byte*>(host);
    queue([this, stream, device, copy = std::vector<std::byte>(begin, begin + bytes)]() mutable {
      inner_->upload(stream, device, copy.data(), copy.size());
    });
  }
  void do_download(Stream& stream, void* host, const void* device, std::size_t bytes) override {
    drain();
    inner_->download(stream, host, device, bytes);
  }
  void do_copy(Stream& stream, void* to, const void* from, std::size_t bytes) override {
    queue([=, this]() mutable { inner_->copy(stream, to, from, bytes); });
  }
  void do_fill_zero(Stream& stream, void* device, std::size_t bytes) override {
    queue([=, this]() mutable { inner_->fill_zero(stream, device, bytes); });
  }
  void* do_allocate_host(std::size_t bytes) override { return inner_->allocate_host(bytes); }
  void do_release_host(void* memory) noexcept override {
    drain();
    inner_->release_host(memory);
  }
  void do_download_later(Stream& stream, void* host, const void* device, std::size_t bytes) override {
    constexpr int kGarbage = 0xA5;
    std::memset(host, kGarbage, bytes);
    queue([=, this]() mutable { inner_->download(stream, host, device, bytes); });
  }

  void do_spmm(Stream& stream, const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options) override {
    queue([=, this]() mutable { inner_->spmm(stream, a, x, y, options); });
  }
  std::size_t do_spmm_scratch(const CsrView& a, std::int64_t c, const SpmmOptions& options) const override {
    return inner_->spmm_scratch(a, c, options);
  }
  void do_transpose(Stream& stream, const CsrView& a, Vec<EdgeId> offsets, Vec<NodeId> cols) override {
    queue([=, this]() mutable { inner_->transpose(stream, a, offsets, cols); });
  }
  std::size_t do_transpose_scratch(const CsrView& a) const override { return inner_->transpose_scratch(a); }
  void do_drop_values(Stream& stream, const CsrView& a, const Dropout& dropout, Vec<float> values) override {
    queue([=, this]() mutable { inner_->drop_values(stream, a, dropout, values); });
  }
  void do_spmm_tn(Stream& stream, const CsrView& a, const CsrView& transposed, ConstMat x, Mat y) override {
    queue([=, this]() mutable { inner_->spmm_tn(stream, a, transposed, x, y); });
  }
  std::size_t do_spmm_tn_scratch(const CsrView& a, std::int64_t h) const override {
    return inner_->spmm_tn_scratch(a, h);
  }
  void do_gemm(Stream& stream, ConstMat a, ConstMat b, Mat c, Vec<const float> bias) override {
    queue([=, this]() mutable { inner_->gemm(stream, a, b, c, bias); });
  }
  std::size_t do_gemm_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const override {
    return inner_->gemm_scratch(n, c, h);
  }
  void do_gemm_tn(Stream& stream, ConstMat a, ConstMat b, Mat c) override {
    queue([=, this]() mutable { inner_->gemm_tn(stream, a, b, c); });
  }
  std::size_t do_gemm_tn_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const override {
    return inner_->gemm_tn_scratch(n, c, h);
  }
  void do_gemm_nt(Stream& stream, ConstMat a, ConstMat b, Mat c) override {
    queue([=, this]() mutable { inner_->gemm_nt(stream, a, b, c); });
  }
  std::size_t do_gemm_nt_scratch(std::int64_t n, std::int64_t h, std::int64_t c) const override {
    return inner_->gemm_nt_scratch(n, h, c);
  }
  void do_batch_norm_statistics(Stream& stream, ConstMat x, Moments moments) override {
    queue([=, this]() mutable { inner_->batch_norm_statistics(stream, x, moments); });
  }
  std::size_t do_batch_norm_statistics_scratch(std::int64_t n, std::int64_t c) const override {
    return inner_->batch_norm_statistics_scratch(n, c);
  }
  void do_batch_norm_training(Stream& stream, Moments moments, BatchNormState state, Vec<float> mean,
                              Vec<float> rstd) override {
    queue([=, this]() mutable { inner_->batch_norm_training(stream, moments, state, mean, rstd); });
  }
  void do_batch_norm_inference(Stream& stream, BatchNormState state, Vec<float> mean,
                               Vec<float> rstd) override {
    queue([=, this]() mutable { inner_->batch_norm_inference(stream, state, mean, rstd); });
  }
  void do_activate(Stream& stream, ConstMat x, const Activation& block, Mat y) override {
    queue([=, this]() mutable { inner_->activate(stream, x, block, y); });
  }
  void do_activate_backward(Stream& stream, ConstMat x, ConstMat dy, const Activation& block, Mat dx,
                            Vec<float> dgamma, Vec<float> dbeta) override {
    queue([=, this]() mutable { inner_->activate_backward(stream, x, dy, block, dx, dgamma, dbeta); });
  }
  std::size_t do_activate_backward_scratch(std::int64_t n, std::int64_t c) const override {
    return inner_->activate_backward_scratch(n, c);
  }
  void do_activate_backward_masks(Stream& stream, ConstMat x, ConstMat dy, const Activation& block, Mat g,
                                  Vec<float> dgamma, Vec<float> dbeta, Vec<float> sums) override {
    queue([=, this]() mutable {
      inner_->activate_backward_masks(stream, x, dy, block, g, dgamma, dbeta, sums);
    });
  }
  std::size_t do_activate_backward_masks_scratch(std::int64_t n, std::int64_t c) const override {
    return inner_->activate_backward_masks_scratch(n, c);
  }
  void do_product_moments(Stream& stream, Moments x, ConstMat w, ConstMat sw, Vec<const float> bias,
                          Moments y) override {
    queue([=, this]() mutable { inner_->product_moments(stream, x, w, sw, bias, y); });
  }
  void do_product_gradient(Stream& stream, ConstMat xg, ConstMat sw, Moments x, const Normalization& norm,
                           Vec<const float> sums, Mat dw) override {
    queue([=, this]() mutable { inner_->product_gradient(stream, xg, sw, x, norm, sums, dw); });
  }
  void do_column_sums(Stream& stream, ConstMat x, Vec<float> out) override {
    queue([=, this]() mutable { inner_->column_sums(stream, x, out); });
  }
  std::size_t do_column_sums_scratch(std::int64_t n, std::int64_t c) const override {
    return inner_->column_sums_scratch(n, c);
  }
  void do_convert(Stream& stream, ConstMat x, Mat y) override {
    queue([=, this]() mutable { inner_->convert(stream, x, y); });
  }
  void do_gather_rows(Stream& stream, ConstMat x, Vec<const NodeId> rows, Mat y) override {
    queue([=, this]() mutable { inner_->gather_rows(stream, x, rows, y); });
  }
  void do_scatter_rows(Stream& stream, ConstMat x, Vec<const NodeId> rows, Mat y) override {
    queue([=, this]() mutable { inner_->scatter_rows(stream, x, rows, y); });
  }
  void do_argmax(Stream& stream, ConstMat x, Vec<std::int32_t> out) override {
    queue([=, this]() mutable { inner_->argmax(stream, x, out); });
  }
  void do_count_correct(Stream& stream, ConstMat logits, Vec<const std::int32_t> labels,
                        Vec<const std::uint8_t> part, Vec<std::int64_t> correct) override {
    queue([=, this]() mutable { inner_->count_correct(stream, logits, labels, part, correct); });
  }
  void do_log_softmax_nll(Stream& stream, ConstMat logits, Vec<const std::int32_t> labels, Mat dlogits,
                          Vec<double> loss) override {
    queue([=, this]() mutable { inner_->log_softmax_nll(stream, logits, labels, dlogits, loss); });
  }
  std::size_t do_log_softmax_nll_scratch(std::int64_t r) const override {
    return inner_->log_softmax_nll_scratch(r);
  }
  void do_bce_with_logits(Stream& stream, ConstMat logits, ConstMat targets, Mat dlogits,
                          Vec<double> loss) override {
    queue([=, this]() mutable { inner_->bce_with_logits(stream, logits, targets, dlogits, loss); });
  }
  std::size_t do_bce_with_logits_scratch(std::int64_t r, std::int64_t k) const override {
    return inner_->bce_with_logits_scratch(r, k);
  }
  void do_begin_step(Stream& stream, StepState* state) override {
    queue([=, this]() mutable { inner_->begin_step(stream, state); });
  }
  void do_adam(Stream& stream, Vec<float> parameters, Vec<const float> gradients, Vec<float> m, Vec<float> v,
               Vec<const AdamGroup> groups, const AdamOptions& options, const StepState* state) override {
    queue([=, this]() mutable { inner_->adam(stream, parameters, gradients, m, v, groups, options, state); });
  }

  std::unique_ptr<Backend> inner_;
  std::deque<Op> queue_;
  std::vector<Op>* recording_ = nullptr;
  std::vector<std::pair<void*, std::size_t>> sizes_;  // of what is allocated
  std::size_t available_ = std::size_t{1} << 40;
  std::size_t taken_ = 0;
  std::size_t peak_ = 0;
  int recorded_ = 0;
  int replayed_ = 0;
};

}  // namespace weft::testing
