// kernels/cuda/runtime.hpp for a device that is not there: its memory is the host's, limited so that tests
// can run out of it, and what is queued is done at once.
#include "kernels/cuda/runtime.hpp"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "kernels/simt/device_memory.hpp"

namespace weft::simt {
namespace {

constexpr std::size_t kDefaultMemory = std::size_t{8} << 30;
constexpr std::size_t kHostAlignment = 64;
constexpr const char* kMemoryLimit = "WEFT_SIMT_MEMORY";

struct Device {
  std::mutex mutex;
  std::size_t memory = kDefaultMemory;
  std::size_t taken = 0;
  std::unordered_map<void*, std::size_t> blocks;
};

Device& the_device() {
  static auto* const device = new Device;  // objects of static storage may free memory late
  return *device;
}

std::size_t memory_limit() {
  const char* text = std::getenv(kMemoryLimit);
  if (text == nullptr) return kDefaultMemory;
  char* end = nullptr;
  const unsigned long long bytes = std::strtoull(text, &end, 10);
  WEFT_CHECK(end != text && *end == '\0', kMemoryLimit, " is '", text, "'; give a number of bytes");
  return bytes;
}

/// The device does what it is told at once, so its clock is the host's.
class HostEvent final : public Event {
 public:
  void record(Stream&) override { time_ = std::chrono::steady_clock::now(); }
  void wait() override {}
  double seconds_since(Event& earlier) override {
    return std::chrono::duration<double>(time_ - static_cast<HostEvent&>(earlier).time_).count();
  }

 private:
  std::chrono::steady_clock::time_point time_;
};

}  // namespace

const char* const kRuntimeName = "simt";

DeviceFacts open_device(int device) {
  if (device != 0) {
    fail(ErrorCode::kUnsupported, "there is no device ", device,
         "; the host execution has 1, counted from 0");
  }
  const std::size_t limit = memory_limit();
  const std::lock_guard<std::mutex> lock(the_device().mutex);
  the_device().memory = limit;
  DeviceFacts facts;
  facts.name = "host execution of CUDA kernels";
  facts.multiprocessors = 1;
  facts.memory_bytes = limit;
  return facts;
}

std::string runtime_versions() { return "no CUDA"; }

Queue make_queue() { return nullptr; }

void destroy_queue(Queue) noexcept {}

void wait_queue(Queue) {}

void* device_malloc(std::size_t bytes) {
  Device& device = the_device();
  const std::lock_guard<std::mutex> lock(device.mutex);
  if (device.taken > device.memory || bytes > device.memory - device.taken) return nullptr;
  void* memory = make_device_memory(bytes);
  if (memory == nullptr) return nullptr;
  device.blocks.emplace(memory, bytes);
  device.taken += bytes;
  return memory;
}

void device_free(void* memory) noexcept {
  Device& device = the_device();
  const std::lock_guard<std::mutex> lock(device.mutex);
  const auto block = device.blocks.find(memory);
  if (block == device.blocks.end()) return;
  device.taken -= block->second;
  device.blocks.erase(block);
  free_device_memory(memory);
}

std::size_t device_memory_free() {
  Device& device = the_device();
  const std::lock_guard<std::mutex> lock(device.mutex);
  return device.taken > device.memory ? 0 : device.memory - device.taken;
}

void* host_malloc(std::size_t bytes) {
  return std::aligned_alloc(kHostAlignment, (bytes + kHostAlignment - 1) / kHostAlignment * kHostAlignment);
}

void host_free(void* memory) noexcept { std::free(memory); }

void note_in_use(void* memory, std::size_t bytes) { use_device_memory(memory, bytes); }

void note_unused(void* memory) noexcept { unuse_device_memory(memory); }

void copy_to_device(Queue, void* device, const void* host, std::size_t bytes) {
  const HostAccess access;
  std::memcpy(device, host, bytes);
  host_wrote(device, bytes);
}

void copy_to_host(Queue, void* host, const void* device, std::size_t bytes) {
  const HostAccess access;
  host_read(device, bytes);
  std::memcpy(host, device, bytes);
}

void copy_to_host_later(Queue queue, void* host, const void* device, std::size_t bytes) {
  copy_to_host(queue, host, device, bytes);
}

void copy_on_device(Queue, void* to, const void* from, std::size_t bytes) {
  const HostAccess access;
  std::memcpy(to, from, bytes);
  host_copied(to, from, bytes);
}

void fill_device(Queue, void* memory, int byte, std::size_t bytes) {
  const HostAccess access;
  std::memset(memory, byte, bytes);
  host_wrote(memory, bytes);
}

std::unique_ptr<Event> make_event(Queue) { return std::make_unique<HostEvent>(); }

std::unique_ptr<Replay> record_replay(Queue, const std::function<void()>&) { return nullptr; }

}  // namespace weft::simt
