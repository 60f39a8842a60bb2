#include "kernels/simt/device_memory.hpp"

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "kernels/simt/address_sanitizer.hpp"
#include "kernels/simt/observer.hpp"

namespace weft::simt {
namespace {

constexpr std::size_t kAlignment = 256;
constexpr int kUndefined = 0xFF;

struct DeviceMemory {
  std::mutex mutex;
  std::map<void*, std::size_t> pieces_in_use;
  int accesses = 0;  // HostAccess objects and launches that are alive
};

DeviceMemory& device() {
  // Lives until the end of the program: objects of static storage may free device memory late.
  static auto* const memory = new DeviceMemory;
  return *memory;
}

void open_to_host(bool open) {
  for (const auto& [memory, bytes] : device().pieces_in_use) {
    if (open) {
      asan::unpoison(memory, bytes);
    } else {
      asan::poison(memory, bytes);
    }
  }
}

}  // namespace

void* make_device_memory(std::size_t bytes) {
  const std::size_t rounded = (bytes / kAlignment + 1) * kAlignment;  // always a guard behind
  void* memory = std::aligned_alloc(kAlignment, rounded);
  if (memory == nullptr) return nullptr;
  asan::poison(memory, rounded);
  if (observer() != nullptr) observer()->device_memory_made(memory, rounded);
  return memory;
}

void free_device_memory(void* memory) noexcept {
  if (memory == nullptr) return;
  if (observer() != nullptr) observer()->device_memory_gone(memory);
  std::free(memory);
}

void use_device_memory(void* memory, std::size_t bytes) {
  const std::lock_guard<std::mutex> lock(device().mutex);
  device().pieces_in_use[memory] = bytes;
  asan::unpoison(memory, bytes);
  std::memset(memory, kUndefined, bytes);
  if (device().accesses == 0) asan::poison(memory, bytes);
  if (observer() != nullptr) observer()->in_use(memory, bytes);
}

void unuse_device_memory(void* memory) noexcept {
  const std::lock_guard<std::mutex> lock(device().mutex);
  const auto found = device().pieces_in_use.find(memory);
  if (found == device().pieces_in_use.end()) return;
  asan::poison(memory, found->second);
  if (observer() != nullptr) observer()->unused(memory, found->second);
  device().pieces_in_use.erase(found);
}

HostAccess::HostAccess() {
  const std::lock_guard<std::mutex> lock(device().mutex);
  if (asan::kOn && device().accesses == 0) open_to_host(true);
  ++device().accesses;
}

HostAccess::~HostAccess() {
  const std::lock_guard<std::mutex> lock(device().mutex);
  --device().accesses;
  if (asan::kOn && device().accesses == 0) open_to_host(false);
}

void host_read(const void* memory, std::size_t bytes) {
  if (observer() != nullptr) observer()->host_read(memory, bytes);
}

void host_wrote(const void* memory, std::size_t bytes) {
  if (observer() != nullptr) observer()->host_wrote(memory, bytes);
}

void host_copied(const void* to, const void* from, std::size_t bytes) {
  if (observer() != nullptr) observer()->host_copied(to, from, bytes);
}

}  // namespace weft::simt
