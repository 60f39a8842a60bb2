#include "kernels/simt/shadow.hpp"

#include <cstdlib>
#include <cstring>

#include "kernels/base/error.hpp"

namespace weft::simt {
namespace {

constexpr std::size_t kMaxFreePages = 1 << 16;

/// Each element `times` times.
template <class T>
std::vector<T> repeated(const std::vector<T>& values, std::size_t times) {
  std::vector<T> result;
  result.reserve(values.size() * times);
  for (const T& value : values) result.insert(result.end(), times, value);
  return result;
}

}  // namespace

void Page::split(std::size_t number) {
  const int grain = __builtin_ctzll(number);
  const std::size_t parts = std::size_t{1} << (grain_ - grain);
  accesses_ = repeated(accesses_, parts);
  atomics_ = repeated(atomics_, parts);
  grain_ = grain;
}

Party& Page::atomics(std::size_t offset) {
  if (atomics_.empty()) atomics_.resize(kPageBytes >> grain_);
  return atomics_[offset >> grain_];
}

void Page::reset() {
  grain_ = kCoarse;
  accesses_.assign(kPageBytes >> kCoarse, Accesses{});
  atomics_.clear();
}

std::unique_ptr<Page> PagePool::take() {
  if (free_.empty()) return std::make_unique<Page>();
  auto page = std::move(free_.back());
  free_.pop_back();
  page->reset();
  return page;
}

void PagePool::give(std::unique_ptr<Page> page) {
  if (free_.size() < kMaxFreePages) free_.push_back(std::move(page));
}

void Region::FreeMemory::operator()(void* memory) const { std::free(memory); }

Region::Region(const void* memory, std::size_t bytes)
    : begin_(reinterpret_cast<std::uintptr_t>(memory)),
      bytes_(bytes),
      states_(static_cast<std::uint8_t*>(std::calloc(bytes, 1))),
      pages_((bytes + kPageBytes - 1) / kPageBytes) {
  if (states_ == nullptr)
    fail(ErrorCode::kOutOfMemory, "no memory to check ", bytes, " bytes of device memory");
}

void Region::set(std::uintptr_t address, std::size_t bytes, ByteState state) {
  std::memset(states_.get() + (address - begin_), static_cast<int>(state), bytes);
}

void Region::copy(std::uintptr_t to, const Region& source, std::uintptr_t from, std::size_t bytes) {
  std::memmove(states_.get() + (to - begin_), source.states_.get() + (from - source.begin_), bytes);
}

std::size_t Region::bytes_before(std::uintptr_t address, std::size_t bytes, ByteState state) const {
  const std::uint8_t* const states = states_.get() + (address - begin_);
  const void* const found = std::memchr(states, static_cast<int>(state), bytes);
  return found == nullptr ? bytes
                          : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - states);
}

void Region::make_page(std::uintptr_t address, PagePool& pool) {
  const std::size_t number = (address - begin_) / kPageBytes;
  pages_[number] = pool.take();
  touched_.push_back(number);
}

void Region::forget_accesses(PagePool& pool) {
  for (const std::size_t number : touched_) pool.give(std::move(pages_[number]));
  touched_.clear();
}

}  // namespace weft::simt
