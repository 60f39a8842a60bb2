#include "kernels/cpu/cpu_backend.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/machine.hpp"
#include "kernels/cpu/parallel.hpp"

namespace weft {

std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options) {
  WEFT_CHECK(options.threads >= 0, "the CPU backend got ", options.threads,
             " threads; give at least 1, or 0 for all it may use");
  const int threads = options.threads == 0 ? usable_cpus() : options.threads;
  return std::make_unique<cpu::CpuBackend>(threads, cpu::resolve_isa(options.isa, std::getenv("WEFT_ISA")));
}

namespace cpu {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line and an AVX-512 vector
constexpr std::size_t kHugePage = std::size_t{2} << 20;
/// Copies and fills of less than this are not worth waking threads for.
constexpr std::int64_t kParallelBytes = std::int64_t{1} << 20;

/// Loops cut for more threads than this many times the processors take longer, and are shared no better.
constexpr int kMostPerProcessor = 4;

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

[[noreturn]] void fail_allocation(const char* what, std::size_t bytes, std::size_t available) {
  fail(ErrorCode::kOutOfMemory, what, " needs ", bytes, " bytes but ", available,
       " are available; free memory or use a smaller model or dataset");
}

/// Work is done when it is queued, so a point in it is a point in time.
class HostEvent final : public Event {
 public:
  void record(Stream&) override { at_ = Clock::now(); }
  void wait() override {}
  double seconds_since(Event& earlier) override {
    return std::chrono::duration<double>(at_ - static_cast<HostEvent&>(earlier).at_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point at_ = Clock::now();
};

}  // namespace

CpuBackend::CpuBackend(int threads, Isa isa)
    : threads_(std::min(threads, kMostPerProcessor * usable_cpus())),
      isa_(isa),
      kernels_(kernel_table(isa)) {}

std::string CpuBackend::description() const {
  return cpu_model() + ", " + isa_name(isa_) + ", " + std::to_string(threads_) +
         (threads_ == 1 ? " thread" : " threads");
}

std::size_t CpuBackend::available_memory() const { return cpu::available_memory(); }

void* CpuBackend::do_allocate(std::size_t bytes, const char* what) {
  // The system promises more than it has and kills the process when the promise is called in, so large blocks
  // are compared with what is there first.
  const bool large = bytes >= kHugePage;
  if (large && bytes > available_memory()) fail_allocation(what, bytes, available_memory());
  const std::size_t alignment = large ? kHugePage : kAlignment;
  void* memory = std::aligned_alloc(alignment, round_up(bytes, alignment));
  if (memory == nullptr) fail_allocation(what, bytes, available_memory());
  // Rows are gathered at random: huge pages spare most TLB misses. Refusal costs speed only.
  if (large) (void)madvise(memory, round_up(bytes, alignment), MADV_HUGEPAGE);
  const std::size_t size = malloc_usable_size(memory), now = allocated_.fetch_add(size) + size;
  for (std::size_t peak = peak_; now > peak && !peak_.compare_exchange_weak(peak, now);) {
  }
  return memory;
}

void CpuBackend::do_release(void* memory) noexcept {
  allocated_ -= malloc_usable_size(memory);
  std::free(memory);
}

void* CpuBackend::do_allocate_host(std::size_t bytes) { return do_allocate(bytes, "host memory"); }

void CpuBackend::do_release_host(void* memory) noexcept { do_release(memory); }

void CpuBackend::do_copy(Stream&, void* to, const void* from, std::size_t bytes) {
  parallel_ranges(threads_, static_cast<std::int64_t>(bytes), kParallelBytes, [&](auto begin, auto end) {
    std::memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin,
                static_cast<std::size_t>(end - begin));
  });
}

void CpuBackend::do_upload(Stream& stream, void* device, const void* host, std::size_t bytes) {
  do_copy(stream, device, host, bytes);
}

void CpuBackend::do_download(Stream& stream, void* host, const void* device, std::size_t bytes) {
  do_copy(stream, host, device, bytes);
}

void CpuBackend::do_download_later(Stream& stream, void* host, const void* device, std::size_t bytes) {
  do_copy(stream, host, device, bytes);
}

void CpuBackend::do_fill_zero(Stream&, void* device, std::size_t bytes) {
  parallel_ranges(threads_, static_cast<std::int64_t>(bytes), kParallelBytes, [&](auto begin, auto end) {
    std::memset(static_cast<char*>(device) + begin, 0, static_cast<std::size_t>(end - begin));
  });
}

std::unique_ptr<Event> CpuBackend::make_event() { return std::make_unique<HostEvent>(); }

}  // namespace cpu
}  // namespace weft
