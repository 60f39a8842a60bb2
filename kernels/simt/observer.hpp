#pragma once
// What the runtime tells a checking runtime (check.hpp), where one is linked in.
#include <cstddef>
#include <cstdint>

#include "kernels/simt/launch.hpp"

namespace weft::simt {

class Observer {
 public:
  virtual ~Observer() = default;

  virtual void launch_begins(const Launch& launch) = 0;
  virtual void launch_ends() = 0;
  /// `number` counts blocks in x, then y, then z.
  virtual void block_begins(std::uint64_t number) = 0;
  virtual void block_ends() = 0;
  /// Every thread of the block has reached the barrier.
  virtual void barrier_passed() = 0;
  /// Every lane of `mask` has made the call; `orders_memory` for __syncwarp alone.
  virtual void warp_met(int warp, unsigned mask, bool orders_memory) = 0;
  /// A variable of shared memory, which lives until the block ends.
  virtual void shared_made(const void* memory, std::size_t bytes, const char* name) = 0;

  virtual void device_memory_made(const void* memory, std::size_t bytes) = 0;
  virtual void device_memory_gone(const void* memory) = 0;
  /// Device memory is now in use, with undefined contents, or no longer.
  virtual void in_use(const void* memory, std::size_t bytes) = 0;
  virtual void unused(const void* memory, std::size_t bytes) = 0;
  virtual void host_wrote(const void* memory, std::size_t bytes) = 0;
  virtual void host_read(const void* memory, std::size_t bytes) = 0;
  virtual void host_copied(const void* to, const void* from, std::size_t bytes) = 0;
};

/// Null where nothing checks.
Observer* observer();
/// Before the first use of device memory.
void set_observer(Observer* observer);

}  // namespace weft::simt
