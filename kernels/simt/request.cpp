#include "kernels/simt/request.hpp"

#include <algorithm>

namespace weft::simt {
namespace {

constexpr std::uint64_t kBankBytes = 4;
constexpr std::size_t kBanks = 32;
constexpr std::size_t kPassBytes = kBanks * kBankBytes;  // what all banks give at once

/// The addresses of the lanes that take part, ascending.
class Addresses {
 public:
  explicit Addresses(const Request& request) {
    for (unsigned lanes = request.lanes; lanes != 0; lanes &= lanes - 1) {
      sorted_[count_++] = request.address[static_cast<std::size_t>(__builtin_ctz(lanes))];
    }
    if (!std::is_sorted(begin(), end())) std::sort(sorted_.begin(), sorted_.begin() + count_);
  }
  const std::uintptr_t* begin() const { return sorted_.data(); }
  const std::uintptr_t* end() const { return sorted_.data() + count_; }

 private:
  std::array<std::uintptr_t, kLanes> sorted_;
  std::ptrdiff_t count_ = 0;
};

/// How many pieces of `size` bytes the accesses touch.
std::uint64_t distinct(const Addresses& addresses, std::uint64_t bytes, std::uint64_t size) {
  std::uint64_t count = 0, next = 0;  // the first piece that is not counted yet
  for (const std::uintptr_t address : addresses) {
    const std::uint64_t first = std::max<std::uint64_t>(address / size, next);
    const std::uint64_t end = (address + bytes - 1) / size + 1;
    if (end <= first) continue;
    count += end - first;
    next = end;
  }
  return count;
}

std::size_t width_class(std::uint32_t bytes) {
  std::size_t index = 0;
  while (index + 1 < kWidths && bytes > 1u << index) ++index;
  return index;
}

/// Passes for lanes [first, first + count), whose words all banks could give at once: as many as the bank
/// that is asked for most different words has of them. Lanes that ask for the same word share it.
std::uint64_t passes(const Request& request, std::size_t first, std::size_t count) {
  std::array<std::uint64_t, kBanks> words;
  std::size_t size = 0;
  const std::uint64_t words_per_lane = std::max<std::uint64_t>(request.bytes / kBankBytes, 1);
  for (std::size_t lane = first; lane < first + count; ++lane) {
    if ((request.lanes >> lane & 1u) == 0) continue;
    for (std::uint64_t w = 0; w < words_per_lane; ++w) words[size++] = request.address[lane] / kBankBytes + w;
  }
  std::sort(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(size));
  std::array<std::uint64_t, kBanks> asked{};
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (i == 0 || words[i] != words[i - 1]) most = std::max(most, ++asked[words[i] % kBanks]);
  }
  return most;
}

}  // namespace

RequestCounters count_device(const Request& request) {
  const Addresses addresses(request);
  RequestCounters counters;
  counters.requests = 1;
  counters.lanes = static_cast<std::uint64_t>(__builtin_popcount(request.lanes));
  counters.bytes = counters.lanes * request.bytes;
  counters.sectors = distinct(addresses, request.bytes, kSectorBytes);
  const std::uint64_t distinct_bytes = distinct(addresses, request.bytes, 1);
  counters.ideal_sectors = (distinct_bytes + kSectorBytes - 1) / kSectorBytes;
  counters.by_width[width_class(request.bytes)] = 1;
  return counters;
}

SharedCounters count_shared(const Request& request) {
  SharedCounters counters;
  counters.requests = 1;
  const std::size_t lanes_at_once = kPassBytes / std::clamp<std::size_t>(request.bytes, kBankBytes, 16);
  for (std::size_t first = 0; first < kLanes; first += lanes_at_once) {
    const std::uint64_t needed = passes(request, first, lanes_at_once);
    counters.wavefronts += needed;
    counters.conflicts += needed > 0 ? needed - 1 : 0;
  }
  return counters;
}

AtomicCounters count_atomics(const Request& request) {
  const Addresses addresses(request);
  AtomicCounters counters;
  counters.requests = 1;
  counters.lanes = static_cast<std::uint64_t>(__builtin_popcount(request.lanes));
  counters.same_address = counters.lanes - distinct(addresses, 1, 1);
  return counters;
}

}  // namespace weft::simt
