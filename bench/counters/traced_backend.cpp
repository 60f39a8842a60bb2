#include "bench/counters/traced_backend.hpp"

#include <utility>

namespace weft::bench {

void TracedBackend::start() {
  calls_.clear();
  noting_ = true;
}

std::vector<OpCall> TracedBackend::stop() {
  noting_ = false;
  return std::exchange(calls_, {});
}

void TracedBackend::watch(Stream&, OpCall&, const std::function<void()>& run) { run(); }

void TracedBackend::note(Stream& stream, OpCall call, const std::function<void()>& run) {
  if (!noting_) return run();
  watch(stream, call, run);
  calls_.push_back(std::move(call));
}

// ---- memory

void* TracedBackend::do_allocate(std::size_t bytes, const char* what) {
  return inner_->allocate(bytes, what);
}
void TracedBackend::do_release(void* memory) noexcept { inner_->release(memory); }
void* TracedBackend::do_allocate_host(std::size_t bytes) { return inner_->allocate_host(bytes); }
void TracedBackend::do_release_host(void* memory) noexcept { inner_->release_host(memory); }

void TracedBackend::do_upload(Stream& stream, void* device, const void* host, std::size_t bytes) {
  inner_->upload(stream, device, host, bytes);
}

void TracedBackend::do_download(Stream& stream, void* host, const void* device, std::size_t bytes) {
  inner_->download(stream, host, device, bytes);
}

void TracedBackend::do_download_later(Stream& stream, void* host, const void* device, std::size_t bytes) {
  inner_->download_later(stream, host, device, bytes);
}

void TracedBackend::do_copy(Stream& stream, void* to, const void* from, std::size_t bytes) {
  OpCall call;
  call.op = "copy";
  call.once = {{static_cast<std::int64_t>(bytes / sizeof(float)), 2, sizeof(float)}};
  note(stream, std::move(call), [&] { inner_->copy(stream, to, from, bytes); });
}

void TracedBackend::do_fill_zero(Stream& stream, void* device, std::size_t bytes) {
  OpCall call;
  call.op = "fill_zero";
  call.once = {{static_cast<std::int64_t>(bytes / sizeof(float)), 1, sizeof(float)}};
  note(stream, std::move(call), [&] { inner_->fill_zero(stream, device, bytes); });
}

}  // namespace weft::bench
