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

namespace weft::testing {

class QueuedBackend final : public WithOps<ForwardedOps, QueuedBackend, Backend> {
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

  template <class T>
  void forward(Stream& stream, const T& op) {
    queue([this, stream, op]() mutable { inner_->run(stream, op); });
  }
  template <class T>
  std::size_t forward_scratch(const T& op) const {
    return inner_->scratch(op);
  }

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
