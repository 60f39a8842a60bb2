#pragma once
// Device memory by the block. Asking the device costs up to a millisecond and waits for all its work, so
// blocks that are given back are kept and handed out again to who asks for about as much.
#include <cstddef>
#include <map>
#include <string>
#include <unordered_map>

#include "kernels/cuda/runtime.hpp"

namespace weft::WEFT_DEVICE_NS {

/// For one thread, and for memory that is used on one queue only: a block may be handed out again while work
/// queued earlier still uses it, because whatever its next owner queues comes behind.
class MemoryPool {
 public:
  /// `device` and `total_bytes` are for messages.
  MemoryPool(std::string device, std::size_t total_bytes);
  /// Gives everything back to the device, also what was not released.
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  /// bytes >= 1; 256-byte aligned, contents undefined. Errors: kOutOfMemory naming `what` when the device has
  /// not enough left even without the blocks kept.
  void* allocate(std::size_t bytes, const char* what);
  void release(void* memory) noexcept;

  /// What can still be allocated: free on the device or kept here, though perhaps not in one piece.
  std::size_t available() const;
  /// Bytes handed out, in units of the blocks; the most so far; and bytes kept for reuse.
  std::size_t in_use() const { return in_use_; }
  std::size_t peak() const { return peak_; }
  std::size_t kept() const { return kept_; }

 private:
  struct Block {
    std::size_t size;  // of the block
    std::size_t
        charged;  // of the units that were asked for: what the counts say, whatever was there to reuse
  };

  /// A kept block of `size` bytes or a little more, or a new one; null when the device has not enough left.
  void* take(std::size_t size);
  void count(std::size_t size);
  void give_back_kept() noexcept;

  std::string device_;
  std::size_t total_bytes_;
  std::size_t in_use_ = 0;
  std::size_t peak_ = 0;
  std::size_t kept_ = 0;
  std::unordered_map<void*, Block> used_;
  std::multimap<std::size_t, void*> kept_blocks_;  // by size
};

}  // namespace weft::WEFT_DEVICE_NS
