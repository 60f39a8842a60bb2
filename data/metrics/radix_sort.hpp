#pragma once
// Sorting records by an unsigned key, and floating-point numbers as such keys.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weft::data {

/// Keys in the order of the values; -0.0 and 0.0 have one key. Not for NaN.
inline std::uint32_t ordered_key(float value) {
  constexpr std::uint32_t kSign = std::uint32_t{1} << 31;
  const auto bits = std::bit_cast<std::uint32_t>(value + 0.0f);  // -0.0 + 0.0 is 0.0
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}
inline std::uint64_t ordered_key(double value) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}
inline std::uint64_t ordered_key(std::int64_t value) {
  return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63);
}

/// Sorts records[0, count) by their unsigned member `key`, ascending and stable, through scratch[0, count).
/// Returns where the sorted records are: `records` or `scratch`. 11 bits at a time, so that the counters of a
/// pass stay in the first-level cache; digits that all records share cost no pass.
template <class Record>
Record* radix_sort(Record* records, Record* scratch, std::size_t count) {
  using Key = decltype(Record::key);
  constexpr int kBits = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kBits;
  constexpr int kPasses = (static_cast<int>(sizeof(Key)) * 8 + kBits - 1) / kBits;
  const auto digit = [](Key key, int pass) {
    return static_cast<std::size_t>(key >> (pass * kBits)) & (kDigits - 1);
  };

  std::array<std::array<std::size_t, kDigits>, kPasses> places{};
  for (std::size_t i = 0; i < count; ++i) {
    for (int pass = 0; pass < kPasses; ++pass)
      ++places[static_cast<std::size_t>(pass)][digit(records[i].key, pass)];
  }
  for (int pass = 0; pass < kPasses; ++pass) {
    auto& place = places[static_cast<std::size_t>(pass)];
    if (count == 0 || place[digit(records[0].key, pass)] == count) continue;
    std::size_t before = 0;
    for (std::size_t& n : place) before += std::exchange(n, before);
    for (std::size_t i = 0; i < count; ++i) scratch[place[digit(records[i].key, pass)]++] = records[i];
    std::swap(records, scratch);
  }
  return records;
}

}  // namespace weft::data
