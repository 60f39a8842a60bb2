// The stacks of Machine's threads: one mapping that takes memory only where it is touched, with a page that
// nobody may touch below each stack.
#include <sys/mman.h>

#include "kernels/base/error.hpp"
#include "kernels/simt/machine.hpp"

namespace weft::simt {
namespace {

constexpr std::size_t kStackBytes = 128 * 1024;
constexpr std::size_t kGuardPage = 4096;
// Stacks begin at different places in their slots; at equal ones their tops would share a few cache sets.
constexpr std::size_t kStagger = 192;
constexpr std::size_t kStaggers = 61;

}  // namespace

Fiber* FiberPool::take() {
  if (free_.empty()) add();
  Fiber* const fiber = free_.back();
  free_.pop_back();
  return fiber;
}

void FiberPool::map() {
  void* const memory = mmap(nullptr, kMaxThreads * kStackBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) fail(ErrorCode::kOutOfMemory, "no memory for the stacks of a block's threads");
  stacks_ = static_cast<unsigned char*>(memory);
}

void FiberPool::add() {
  if (stacks_ == nullptr) map();
  unsigned char* const slot = stacks_ + made_ * kStackBytes;
  if (mprotect(slot, kGuardPage, PROT_NONE) != 0) {
    fail(ErrorCode::kOutOfMemory, "cannot protect the end of a stack");
  }
  Fiber& fiber = fibers_[made_];
  fiber.prepare(slot + kGuardPage, kStackBytes - kGuardPage - made_ % kStaggers * kStagger, entry_);
  ++made_;
  free_.push_back(&fiber);
}

bool FiberPool::holds(std::uintptr_t address) const {
  return stacks_ != nullptr &&
         address - reinterpret_cast<std::uintptr_t>(stacks_) < kMaxThreads * kStackBytes;
}

}  // namespace weft::simt
