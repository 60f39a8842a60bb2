#include "kernels/cuda/memory_pool.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace weft::WEFT_DEVICE_NS {
namespace {

// A block is a multiple of the small unit below the large one, which is what drivers map at once.
constexpr std::size_t kSmallUnit = 256;
constexpr std::size_t kLargeUnit = std::size_t{2} << 20;
/// A kept block is reused when it is larger by this share at most: the excess is unusable until it is
/// released.
constexpr std::size_t kTolerance = 8;

std::size_t block_size(std::size_t bytes) {
  const std::size_t unit = bytes < kLargeUnit ? kSmallUnit : kLargeUnit;
  return (bytes + unit - 1) / unit * unit;
}

struct GiveBack {
  void operator()(void* memory) const noexcept { device_free(memory); }
};
using NewBlock = std::unique_ptr<void, GiveBack>;

}  // namespace

MemoryPool::MemoryPool(std::string device, std::size_t total_bytes)
    : device_(std::move(device)), total_bytes_(total_bytes) {}

MemoryPool::~MemoryPool() {
  for (const auto& [memory, block] : used_) {
    note_unused(memory);
    device_free(memory);
  }
  give_back_kept();
}

void* MemoryPool::allocate(std::size_t bytes, const char* what) {
  // Sizes near the largest number would wrap to small ones in the units.
  const std::size_t size = bytes <= total_bytes_ ? block_size(bytes) : bytes;
  void* memory = take(size);
  if (memory == nullptr) {
    give_back_kept();
    memory = take(size);
  }
  if (memory == nullptr) {
    fail(ErrorCode::kOutOfMemory, what, " needs ", bytes, " bytes but ", device_memory_free(), " of ",
         total_bytes_, " on ", device_, " are free; use a smaller model or dataset, or free memory there");
  }
  note_in_use(memory, bytes);
  return memory;
}

void* MemoryPool::take(std::size_t size) {
  const auto kept = kept_blocks_.lower_bound(size);
  if (kept != kept_blocks_.end() && kept->first <= size + size / kTolerance) {
    const auto [block, memory] = *kept;
    used_.emplace(memory, Block{block, size});
    kept_blocks_.erase(kept);
    kept_ -= block;
    count(size);
    return memory;
  }
  NewBlock fresh(device_malloc(size));
  if (fresh == nullptr) return nullptr;
  used_.emplace(fresh.get(), Block{size, size});
  count(size);
  return fresh.release();
}

void MemoryPool::count(std::size_t size) {
  in_use_ += size;
  peak_ = std::max(peak_, in_use_);
}

void MemoryPool::release(void* memory) noexcept {
  const auto used = used_.find(memory);
  if (used == used_.end()) return;  // another pool's: nothing that could be done about it here
  const Block block = used->second;
  note_unused(memory);
  used_.erase(used);
  in_use_ -= block.charged;
  try {
    kept_blocks_.emplace(block.size, memory);
    kept_ += block.size;
  } catch (const std::bad_alloc&) {
    device_free(memory);
  }
}

std::size_t MemoryPool::available() const { return device_memory_free() + kept_; }

void MemoryPool::give_back_kept() noexcept {
  for (const auto& [size, memory] : kept_blocks_) device_free(memory);
  kept_blocks_.clear();
  kept_ = 0;
}

}  // namespace weft::WEFT_DEVICE_NS
