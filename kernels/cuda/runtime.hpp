#pragma once
// What the backend needs of a device beside its kernels: memory, copies, order, recording. runtime.cu says it
// with CUDA's runtime, kernels/simt/runtime.cpp with host memory. No vendor type shows here.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "kernels/backend.hpp"
#include "kernels/simt/simt.hpp"

namespace weft::WEFT_DEVICE_NS {

/// "cuda" or "simt".
extern const char* const kRuntimeName;

struct DeviceFacts {
  std::string name;       // "NVIDIA H200"
  int compute_major = 0;  // compute capability
  int compute_minor = 0;
  int multiprocessors = 0;
  std::size_t memory_bytes = 0;
};

/// Makes the device the calling thread's own and returns what it is. Errors: kUnsupported with one line that
/// says what is missing and what to do.
DeviceFacts open_device(int device);
/// Versions of driver and runtime, for people.
std::string runtime_versions();

Queue make_queue();
void destroy_queue(Queue queue) noexcept;
/// Waits for all work on the queue. Errors: kUnsupported with the driver's words.
void wait_queue(Queue queue);

/// Null when the device has not that much left.
void* device_malloc(std::size_t bytes);
void device_free(void* memory) noexcept;
std::size_t device_memory_free();
/// Pinned host memory; null when there is none left.
void* host_malloc(std::size_t bytes);
void host_free(void* memory) noexcept;

/// A piece of device memory changes its owner: what lies in [memory, memory + bytes) is now in use with
/// undefined contents, or no longer. Only the host execution cares, which checks every access against it.
void note_in_use(void* memory, std::size_t bytes);
void note_unused(void* memory) noexcept;

/// Both return when the copy is done.
void copy_to_device(Queue queue, void* device, const void* host, std::size_t bytes);
void copy_to_host(Queue queue, void* host, const void* device, std::size_t bytes);
/// `host` is pinned; does not wait.
void copy_to_host_later(Queue queue, void* host, const void* device, std::size_t bytes);
void copy_on_device(Queue queue, void* to, const void* from, std::size_t bytes);
void fill_device(Queue queue, void* memory, int byte, std::size_t bytes);

/// `Stream`s given to the events carry queues or null for `queue`.
std::unique_ptr<Event> make_event(Queue queue);
/// Null where nothing can be recorded.
std::unique_ptr<Replay> record_replay(Queue queue, const std::function<void()>& work);

}  // namespace weft::WEFT_DEVICE_NS
