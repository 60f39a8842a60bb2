#pragma once
// An array in the emulated device's memory, for tests of the emulation itself.
#include <cstring>
#include <vector>

#include "kernels/simt/device_memory.hpp"

namespace weft::testing {

template <class T>
class DeviceArray {
 public:
  /// `size` values that nobody has written.
  explicit DeviceArray(std::size_t size) : size_(size), memory_(simt::make_device_memory(bytes())) {
    simt::use_device_memory(memory_, bytes());
  }
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
    const simt::HostAccess access;
    std::memcpy(memory_, values.data(), bytes());
    simt::host_wrote(memory_, bytes());
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() {
    simt::unuse_device_memory(memory_);
    simt::free_device_memory(memory_);
  }

  T* data() const { return static_cast<T*>(memory_); }
  std::size_t bytes() const { return size_ * sizeof(T); }
  std::vector<T> values() const {
    const simt::HostAccess access;
    simt::host_read(memory_, bytes());
    return {data(), data() + size_};
  }

 private:
  std::size_t size_;
  void* memory_;
};

}  // namespace weft::testing
