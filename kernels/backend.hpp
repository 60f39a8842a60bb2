#pragma once
// A device as the layers above see it: memory, queues, events, and the ops of op_table.hpp. The public
// members check their arguments and leave out what is empty; the do_* members of each backend (kernels/cpu,
// kernels/cuda) trust them.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/base/error.hpp"
#include "kernels/base/philox.hpp"
#include "kernels/op_table.hpp"

namespace weft {

/// One in-order queue of a backend, and the scratch that ops running on it may overwrite.
struct Stream {
  void* queue = nullptr;  ///< the backend's own handle; null on the CPU
  void* scratch = nullptr;
  std::size_t scratch_bytes = 0;
};

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

class Backend : public WithOps<OpTable> {
 public:
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  /// "cpu", "cuda" or "simt".
  virtual const char* name() const = 0;
  /// For people: instruction set or card, and threads.
  virtual std::string description() const = 0;

  // ---- ops
  template <class Op>
  void run(Stream& stream, const Op& op) {
    op.check(*this);
    if (op.empty()) return;
    check_scratch(Op::kName, stream, this->do_scratch(op));
    this->do_run(stream, op);
  }
  /// Bytes of scratch that the op uses. Its operands may be without memory.
  template <class Op>
  std::size_t scratch(const Op& op) const {
    return op.empty() ? 0 : this->do_scratch(op);
  }
  /// The methods that Spmm takes beside kAuto.
  virtual std::vector<SpmmMethod> spmm_methods() const = 0;
  /// Whether SpmmTn gathers over A^T, or walks over A.
  virtual bool takes_transposed() const = 0;

  // ---- memory
  /// At least 64-byte aligned, contents undefined. Errors: kOutOfMemory naming `what`, the bytes asked for
  /// and the bytes that are free.
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
  /// Whether ops may return before their work is done, so that it pays to queue more and look later.
  virtual bool asynchronous() const = 0;
  /// Host memory that download_later can fill without stopping the caller; 64-byte aligned.
  /// Errors: kOutOfMemory.
  void* allocate_host(std::size_t bytes);
  void release_host(void* memory) noexcept;
  /// `host`, from allocate_host, is filled once an event recorded behind it has been waited for.
  void download_later(Stream& stream, void* host, const void* device, std::size_t bytes);
  virtual std::unique_ptr<Event> make_event() = 0;
  /// Records what `work` queues on the stream, without running it. Nothing where the backend cannot record.
  /// `work` must neither allocate nor wait, and must have run once before.
  virtual std::unique_ptr<Replay> record(Stream& stream, const std::function<void()>& work) = 0;

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

 private:
  static void check_scratch(const char* op, const Stream& stream, std::size_t needed);
};

}  // namespace weft
