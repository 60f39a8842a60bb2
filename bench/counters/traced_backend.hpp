#pragma once
// A backend in front of another one that notes every op with the sizes of what it moves. Plans and sessions
// run on it as they are.
#include <functional>
#include <memory>
#include <vector>

#include "bench/counters/call_of.hpp"
#include "kernels/backend.hpp"

namespace weft::bench {

class TracedBackend : public WithOps<ForwardedOps, TracedBackend, Backend> {
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

  template <class Op>
  void forward(Stream& stream, const Op& op) {
    note(stream, noting_ ? call_of(inner_, op) : OpCall{}, [&] { inner_->run(stream, op); });
  }
  template <class Op>
  std::size_t forward_scratch(const Op& op) const {
    return inner_->scratch(op);
  }

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

  std::shared_ptr<Backend> inner_;  // calls keep it, to ask it for scratch of other sizes
  bool noting_ = false;
  std::vector<OpCall> calls_;
};

}  // namespace weft::bench
