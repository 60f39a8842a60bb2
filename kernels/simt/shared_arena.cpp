#include "kernels/simt/shared_arena.hpp"

#include <cstdlib>
#include <cstring>

#include "kernels/simt/address_sanitizer.hpp"
#include "kernels/simt/fault.hpp"
#include "kernels/simt/machine.hpp"
#include "kernels/simt/observer.hpp"
#include "kernels/simt/shared_memory.hpp"

namespace weft::simt {
namespace {

constexpr std::size_t kArenaBytes = 320 * 1024;  // kMaxShared and the guards of some hundred variables
constexpr std::size_t kArenaAlignment = 4096;
constexpr std::size_t kGuard = 64;
constexpr std::size_t kVariableAlignment = 16;
constexpr std::size_t kDynamicAlignment = 128;
constexpr int kUndefined = 0xFF;

}  // namespace

SharedArena& SharedArena::get() {
  static auto* const arena = new SharedArena;
  return *arena;
}

SharedArena::SharedArena()
    : memory_(static_cast<unsigned char*>(std::aligned_alloc(kArenaAlignment, kArenaBytes))) {
  if (memory_ == nullptr) fail(ErrorCode::kOutOfMemory, "no memory for the shared memory of a block");
  asan::poison(memory_, kArenaBytes);
}

std::size_t SharedArena::bytes() { return kArenaBytes; }

void SharedArena::begin_block(std::size_t dynamic_bytes) {
  asan::poison(memory_, used_);
  variables_.clear();
  used_ = static_bytes_ = 0;
  dynamic_bytes_ = dynamic_bytes;
  dynamic_ = dynamic_bytes > 0 ? make(dynamic_bytes, kDynamicAlignment, "dynamic shared memory") : nullptr;
}

void* SharedArena::make(std::size_t bytes, std::size_t alignment, const char* name) {
  const std::size_t at = (used_ + kGuard + alignment - 1) / alignment * alignment;
  if (at + bytes + kGuard > kArenaBytes) return nullptr;
  used_ = at + bytes;
  void* const memory = memory_ + at;
  asan::unpoison(memory, bytes);
  std::memset(memory, kUndefined, bytes);
  if (observer() != nullptr) observer()->shared_made(memory, bytes, name);
  return memory;
}

void* SharedArena::variable(const void* key, std::size_t bytes, const char* name, Place place) {
  for (const Variable& made : variables_) {
    if (made.key == key) return made.memory;
  }
  static_bytes_ += bytes;
  if (static_bytes_ > kMaxStaticShared) {
    fault(place, "with ", name, " the kernel declares ", static_bytes_, " bytes of shared memory; at most ",
          kMaxStaticShared, " can be declared, more must come from the launch");
  }
  void* const memory =
      static_bytes_ + dynamic_bytes_ > kMaxShared ? nullptr : make(bytes, kVariableAlignment, name);
  if (memory == nullptr) {
    fault(place, "with ", name, " the block needs ", static_bytes_ + dynamic_bytes_,
          " bytes of shared memory; it can have ", kMaxShared);
  }
  variables_.push_back({key, memory});
  return memory;
}

void* SharedArena::dynamic(const char* name, Place place) const {
  if (dynamic_ == nullptr) fault(place, name, " is dynamic shared memory, but the launch declared none");
  return dynamic_;
}

void* shared_variable(const void* key, std::size_t bytes, const char* name, Place place) {
  const InRuntime runtime;
  return SharedArena::get().variable(key, bytes, name, place);
}

void* dynamic_shared(const char* name, Place place) {
  const InRuntime runtime;
  return SharedArena::get().dynamic(name, place);
}

}  // namespace weft::simt
