#pragma once
// What the checking runtime remembers of memory: for each byte whether it is in use and defined, and for each
// few bytes who accessed them in the launch (or, in shared memory, the block) that runs.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/simt/happens_before.hpp"

namespace weft::simt {

enum class ByteState : std::uint8_t { kUnused = 0, kUndefined = 1, kDefined = 2 };

/// Who accessed the bytes of one grain.
struct Accesses {
  Party write;
  Party read;
};

constexpr std::size_t kPageBytes = 1024;

/// The accesses to a page. A grain is 16 bytes until something smaller is accessed: whole vectors need few of
/// them, and neighbouring values of any width are told apart.
class Page {
 public:
  std::size_t grain_bytes() const { return std::size_t{1} << grain_; }
  /// Makes grains no larger than an access of `bytes` bytes at `offset` needs.
  void refine(std::size_t offset, std::size_t bytes) {
    if (((offset | bytes) & (grain_bytes() - 1)) != 0) split(offset | bytes);
  }
  Accesses& accesses(std::size_t offset) { return accesses_[offset >> grain_]; }
  /// Atomic accesses are few, so most pages keep no room for them.
  Party& atomics(std::size_t offset);
  bool has_atomics() const { return !atomics_.empty(); }
  void reset();

 private:
  static constexpr int kCoarse = 4;

  /// Makes grains that divide the number.
  void split(std::size_t number);

  int grain_ = kCoarse;  // log2 of its bytes
  std::vector<Accesses> accesses_ = std::vector<Accesses>(kPageBytes >> kCoarse);
  std::vector<Party> atomics_;
};

/// Pages that are not in use, kept for the next launch.
class PagePool {
 public:
  std::unique_ptr<Page> take();
  void give(std::unique_ptr<Page> page);

 private:
  std::vector<std::unique_ptr<Page>> free_;
};

/// One piece of address space: the arena of shared memory, or device memory that was made at once.
class Region {
 public:
  Region(const void* memory, std::size_t bytes);

  std::uintptr_t begin() const { return begin_; }
  std::uintptr_t end() const { return begin_ + bytes_; }
  bool holds(std::uintptr_t address) const { return address - begin_ < bytes_; }

  /// Sets or tells about [address, address + bytes), which lies in the region.
  void set(std::uintptr_t address, std::size_t bytes, ByteState state);
  void copy(std::uintptr_t to, const Region& source, std::uintptr_t from, std::size_t bytes);
  /// How many bytes come before the first of this state; `bytes` when none has it.
  std::size_t bytes_before(std::uintptr_t address, std::size_t bytes, ByteState state) const;

  /// Bytes beyond the region are not.
  bool all_defined(std::uintptr_t address, std::size_t bytes) const {
    const std::uint8_t* states = states_.get() + (address - begin_);
    if (address + bytes > end()) return false;
    std::uint8_t all = static_cast<std::uint8_t>(ByteState::kDefined);
    for (std::size_t i = 0; i < bytes; ++i) all &= states[i];
    return all == static_cast<std::uint8_t>(ByteState::kDefined);
  }

  /// The page of the address, made if nobody has accessed it yet.
  Page& page(std::uintptr_t address, PagePool& pool) {
    auto& page = pages_[(address - begin_) / kPageBytes];
    if (page == nullptr) make_page(address, pool);
    return *page;
  }
  void forget_accesses(PagePool& pool);

 private:
  struct FreeMemory {
    void operator()(void* memory) const;
  };

  void make_page(std::uintptr_t address, PagePool& pool);

  std::uintptr_t begin_;
  std::size_t bytes_;
  // From calloc, so that a large region takes memory only where it is used.
  std::unique_ptr<std::uint8_t, FreeMemory> states_;
  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<std::size_t> touched_;
};

}  // namespace weft::simt
