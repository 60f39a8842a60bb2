#pragma once
// The memory of the device that is not there: the host's, of which only what is in use may be touched, by
// kernels while a launch runs and by host code inside a HostAccess. The address sanitizer and the checking
// runtime hold programs to it. What comes into use has all bits set (NaN, -1).
#include <cstddef>

namespace weft::simt {

/// Between pieces that are in use must lie at least this much that is not, so that a step across is seen.
constexpr std::size_t kDeviceGuardBytes = 64;

/// 256-byte aligned, none of it in use; null when the host has not that much.
void* make_device_memory(std::size_t bytes);
void free_device_memory(void* memory) noexcept;

/// [memory, memory + bytes), part of made memory, is now in use, its contents undefined: all bits set.
void use_device_memory(void* memory, std::size_t bytes);
/// What use_device_memory gave at `memory` is no longer in use.
void unuse_device_memory(void* memory) noexcept;

/// Host code may touch device memory while one of these lives: copies, and what stands for a vendor's
/// library. Such code also says what it read and wrote, before and after:
///   const HostAccess access;
///   host_read(a, a_bytes);
///   ... write c ...
///   host_wrote(c, c_bytes);
class HostAccess {
 public:
  HostAccess();
  HostAccess(const HostAccess&) = delete;
  HostAccess& operator=(const HostAccess&) = delete;
  ~HostAccess();
};

void host_read(const void* memory, std::size_t bytes);
void host_wrote(const void* memory, std::size_t bytes);
/// Bytes copied on the device: what was undefined stays undefined.
void host_copied(const void* to, const void* from, std::size_t bytes);

}  // namespace weft::simt
