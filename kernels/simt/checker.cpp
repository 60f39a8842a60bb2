#include "kernels/simt/checker.hpp"

#include <algorithm>

#include "kernels/base/error.hpp"
#include "kernels/simt/findings.hpp"
#include "kernels/simt/machine.hpp"
#include "kernels/simt/shared_arena.hpp"

namespace weft::simt {
namespace {

std::uintptr_t number_of(const void* memory) { return reinterpret_cast<std::uintptr_t>(memory); }

/// How many bytes from the first on are in use; the first lies in the region.
std::size_t bytes_in_use(const Region& region, std::uintptr_t address, std::size_t bytes) {
  return region.bytes_before(address, std::min(bytes, region.end() - address), ByteState::kUnused);
}

}  // namespace

Checker& Checker::get() {
  static auto* const checker = new Checker;
  return *checker;
}

Checker::Checker() : arena_(SharedArena::get().begin(), SharedArena::bytes()) {}

void Checker::touch(const Access& access) {
  const InRuntime runtime;
  if (last_ == nullptr || !last_->holds(access.address)) {
    Region* const region = region_of(access.address);
    if (region == nullptr) {
      if (!program_.may_reach(access.address)) {
        found(Finding::Kind::kHostMemory, access, "memory of the host, or of nobody", access.address);
      }
      return;
    }
    last_ = region;
  }
  check(*last_, access);
}

Region* Checker::region_of(std::uintptr_t address) {
  if (arena_.holds(address)) return &arena_;
  const auto found = device_.upper_bound(address);
  return found != device_.end() && found->second.holds(address) ? &found->second : nullptr;
}

void Checker::check(Region& region, const Access& access) {
  if (!region.all_defined(access.address, access.bytes) && !check_states(region, access)) return;
  check_order(region, access);
  if (counter_.active()) counter_.touch(access, Machine::get().running(), &region == &arena_);
}

/// Whether the bytes are in use; they count as defined from now on.
bool Checker::check_states(Region& region, const Access& access) {
  const std::size_t inside = bytes_in_use(region, access.address, access.bytes);
  if (inside < access.bytes) {
    found(Finding::Kind::kOutOfBounds, access, "memory that is not in use", access.address + inside);
    return false;
  }
  const std::size_t defined = region.bytes_before(access.address, access.bytes, ByteState::kUndefined);
  if (access.kind != AccessKind::kWrite && defined < access.bytes) {
    found(Finding::Kind::kUndefinedRead, access, "what nobody has written", access.address + defined);
  }
  // Also after a read, so that what follows from the first undefined value is not found again and again.
  region.set(access.address, access.bytes, ByteState::kDefined);
  return true;
}

void Checker::check_order(Region& region, const Access& access) {
  const Moment now = order_.now(Machine::get().running());
  for (std::size_t done = 0; done < access.bytes;) {
    const std::size_t offset = (access.address + done - region.begin()) % kPageBytes;
    const std::size_t here = std::min(access.bytes - done, kPageBytes - offset);
    Page& page = region.page(access.address + done, pages_);
    page.refine(offset, here);
    for (std::size_t at = offset; at < offset + here; at += page.grain_bytes()) {
      check_grain(page, at, access, now);
    }
    done += here;
  }
}

void Checker::check_grain(Page& page, std::size_t offset, const Access& access, const Moment& now) {
  Accesses& before = page.accesses(offset);
  check_party(before.write, "wrote", access, now);
  if (access.kind != AccessKind::kRead) check_party(before.read, "read", access, now);
  if (access.kind != AccessKind::kAtomic && page.has_atomics()) {
    check_party(page.atomics(offset), "changed atomically", access, now);
  }
  switch (access.kind) {
    case AccessKind::kRead:
      return order_.join(before.read, now, access.pc);
    case AccessKind::kAtomic:
      return order_.join(page.atomics(offset), now, access.pc);
    case AccessKind::kWrite:
      // Who follows this write follows what came before it.
      before.read = Party{};
      if (page.has_atomics()) page.atomics(offset) = Party{};
      before.write = Party{};
      return order_.join(before.write, now, access.pc);
  }
}

void Checker::launch_begins(const Launch& launch) {
  mutex_.lock();
  launch_ = &launch;
  seen_.clear();
  if (counter_.active()) counter_.launch_begins(launch);
}

void Checker::launch_ends() {
  if (counter_.active()) counter_.launch_ends();
  for (auto& [end, region] : device_) region.forget_accesses(pages_);
  launch_ = nullptr;
  mutex_.unlock();
}

void Checker::block_begins(std::uint64_t number) {
  order_.begin_block(static_cast<std::uint32_t>(number));
  if (counter_.active()) counter_.block_begins();
}

void Checker::block_ends() {
  if (counter_.active()) counter_.block_ends();
  arena_.forget_accesses(pages_);
  for (const auto& [address, piece] : names_.shared_pieces()) {
    arena_.set(address, piece.bytes, ByteState::kUnused);
  }
  names_.forget_shared();
}

void Checker::barrier_passed() {
  order_.barrier();
  if (counter_.active()) counter_.barrier_passed();
}

void Checker::warp_met(int warp, unsigned mask, bool orders_memory) {
  if (orders_memory) order_.warp_sync(warp, mask);
  if (counter_.active()) counter_.warp_met(warp, mask);
}

void Checker::shared_made(const void* memory, std::size_t bytes, const char* name) {
  arena_.set(number_of(memory), bytes, ByteState::kUndefined);
  names_.shared(number_of(memory), bytes, name);
  if (counter_.active()) counter_.shared_made(bytes);
}

void Checker::device_memory_made(const void* memory, std::size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  device_.emplace(number_of(memory) + bytes, Region(memory, bytes));
}

void Checker::device_memory_gone(const void* memory) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = device_.upper_bound(number_of(memory));
  if (found == device_.end() || found->second.begin() != number_of(memory)) return;
  last_ = nullptr;
  device_.erase(found);
}

void Checker::in_use(const void* memory, std::size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Region* const region = region_of(number_of(memory))) {
    region->set(number_of(memory), bytes, ByteState::kUndefined);
    names_.device(number_of(memory), bytes);
  }
}

void Checker::unused(const void* memory, std::size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Region* const region = region_of(number_of(memory))) {
    region->set(number_of(memory), bytes, ByteState::kUnused);
    names_.forget_device(number_of(memory));
  }
}

Region* Checker::region_in_use(std::uintptr_t address, std::size_t bytes, const char* did) {
  Region* const region = region_of(address);
  const std::size_t inside = region == nullptr ? 0 : bytes_in_use(*region, address, bytes);
  if (inside == bytes) return region;
  found_by_host(Finding::Kind::kOutOfBounds, address + inside,
                weft::detail::concat(did, " memory that is not in use, among ", bytes, " bytes"));
  return nullptr;
}

void Checker::host_wrote(const void* memory, std::size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::uintptr_t address = number_of(memory);
  Region* const region = region_in_use(address, bytes, "writes");
  if (region != nullptr) region->set(address, bytes, ByteState::kDefined);
}

void Checker::host_read(const void* memory, std::size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::uintptr_t address = number_of(memory);
  Region* const region = region_in_use(address, bytes, "reads");
  if (region == nullptr) return;
  const std::size_t defined = region->bytes_before(address, bytes, ByteState::kUndefined);
  if (defined == bytes) return;
  region->set(address, bytes, ByteState::kDefined);
  found_by_host(Finding::Kind::kUndefinedRead, address + defined,
                weft::detail::concat("reads what nobody has written, among ", bytes, " bytes"));
}

void Checker::host_copied(const void* to, const void* from, std::size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Region* const source = region_in_use(number_of(from), bytes, "copies from");
  Region* const target = region_in_use(number_of(to), bytes, "copies to");
  if (source != nullptr && target != nullptr) target->copy(number_of(to), *source, number_of(from), bytes);
}

}  // namespace weft::simt
