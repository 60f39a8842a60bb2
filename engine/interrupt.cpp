#include "engine/interrupt.hpp"

#include <atomic>

#include "weft/weft.hpp"

namespace weft {
namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from signal handlers");

}  // namespace

void request_stop() noexcept { stop.store(true, std::memory_order_relaxed); }

namespace engine {

bool stop_requested() noexcept { return stop.load(std::memory_order_relaxed); }
void clear_stop() noexcept { stop.store(false, std::memory_order_relaxed); }

void end_if_asked(const std::string& name, const char* left) {
  if (stop_requested()) fail(ErrorCode::kInterrupted, name, ": stopped; ", left);
}

}  // namespace engine
}  // namespace weft
