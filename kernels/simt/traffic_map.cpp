#include "kernels/simt/traffic_map.hpp"

#include <algorithm>
#include <limits>

namespace weft::simt {
namespace {

/// Bits [first, first + count) of a word, count > 0.
std::uint64_t mask(std::size_t first, std::size_t count) {
  return (~std::uint64_t{0} >> (64 - count)) << first;
}

template <class Bits>
std::uint64_t count_bits(const Bits& bits, std::size_t begin, std::size_t end) {
  std::uint64_t count = 0;
  while (begin < end) {
    const std::size_t first = begin % 64, here = std::min(end - begin, 64 - first);
    count += static_cast<std::uint64_t>(__builtin_popcountll(bits[begin / 64] & mask(first, here)));
    begin += here;
  }
  return count;
}

}  // namespace

void RangeNames::cut(std::uintptr_t address) {
  const auto after = ranges_.lower_bound(address);
  if (after == ranges_.begin()) return;
  auto& [begin, range] = *std::prev(after);
  if (range.end <= address) return;
  ranges_[address] = range;
  range.end = address;
}

void RangeNames::name(std::uintptr_t begin, std::uintptr_t end, const std::string& name) {
  if (begin >= end) return;
  cut(begin);
  cut(end);
  ranges_.erase(ranges_.lower_bound(begin), ranges_.lower_bound(end));
  ranges_[begin] = {end, name};
}

RangeNames::Piece RangeNames::at(std::uintptr_t address) const {
  const auto after = ranges_.upper_bound(address);
  if (after != ranges_.begin() && std::prev(after)->second.end > address) {
    return {std::prev(after)->second.end, std::prev(after)->second.name};
  }
  return {after == ranges_.end() ? std::numeric_limits<std::uintptr_t>::max() : after->first, ""};
}

TrafficMap::Page& TrafficMap::page(std::uintptr_t number) {
  Recent& recent = recent_[number % recent_.size()];
  if (recent.page == nullptr || recent.number != number) {
    auto& page = pages_[number];
    if (page == nullptr) page = std::make_unique<Page>();
    recent = {number, page.get()};
  }
  return *recent.page;
}

void TrafficMap::mark(std::uintptr_t address, std::size_t bytes, Bits Page::*bits) {
  while (bytes > 0) {
    const std::size_t first = address % kWordBytes, here = std::min(bytes, kWordBytes - first);
    (page(address / kBytes).*bits)[address % kBytes / kWordBytes] |= mask(first, here);
    address += here;
    bytes -= here;
  }
}

std::vector<NamedTraffic> TrafficMap::totals(const RangeNames& names) const {
  std::map<std::string, Traffic> sums;
  for (const auto& [number, page] : pages_) {
    for (std::uintptr_t at = number * kBytes, end = at + kBytes; at < end;) {
      const RangeNames::Piece piece = names.at(at);
      const std::uintptr_t until = std::min(piece.end, end);
      const std::size_t from = at - number * kBytes, to = until - number * kBytes;
      Traffic& sum = sums[piece.name];
      sum.read += count_bits(page->read, from, to);
      sum.written += count_bits(page->written, from, to);
      at = until;
    }
  }
  std::vector<NamedTraffic> named;
  for (const auto& [name, traffic] : sums) {
    if (traffic.read + traffic.written > 0) named.push_back({name, traffic});
  }
  return named;
}

void TrafficMap::clear() {
  pages_.clear();
  recent_.fill({});
}

}  // namespace weft::simt
