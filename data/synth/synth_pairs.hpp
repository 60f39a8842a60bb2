#pragma once
// Distinct pairs of nodes, drawn at random.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "data/base/parallel.hpp"
#include "kernels/base/types.hpp"

namespace weft::data {

/// Two different nodes as one number, the smaller one in the upper half.
inline constexpr std::uint64_t kNoPair = ~std::uint64_t{0};  // of a node with itself
template <class Index>
std::uint64_t pair_of(Index a, Index b) {
  if (a == b) return kNoPair;
  return (std::uint64_t{static_cast<std::uint32_t>(std::min(a, b))} << 32) |
         static_cast<std::uint32_t>(std::max(a, b));
}
inline NodeId first_of(std::uint64_t pair) { return static_cast<NodeId>(pair >> 32); }
inline NodeId second_of(std::uint64_t pair) { return static_cast<NodeId>(pair & 0xffffffffu); }

/// All pairs of `nodes` nodes.
inline std::uint64_t pairs_of(std::int64_t nodes) {
  return static_cast<std::uint64_t>(nodes) * static_cast<std::uint64_t>(nodes - 1) / 2;
}

/// Sorts, by threads that each sort a run; then neighbouring runs are merged.
inline void sort_pairs(std::uint64_t* first, std::int64_t count, int threads) {
  constexpr std::int64_t kWorthSharing = 1 << 14;
  std::int64_t runs = 1;
  while (runs < threads && count / runs > kWorthSharing) runs *= 2;
  const auto begin = [&](std::int64_t run) { return first + part_begin(count, runs, run); };
  parallel_for(runs, threads, [&](std::int64_t run) { std::sort(begin(run), begin(run + 1)); });
  for (std::int64_t width = 1; width < runs; width *= 2) {
    parallel_for(runs / (2 * width), threads, [&](std::int64_t pair) {
      const std::int64_t run = 2 * width * pair;
      std::inplace_merge(begin(run), begin(run + width), begin(run + 2 * width));
    });
  }
}

/// `count` different pairs, sorted, from draw(counter, evenly), which may say kNoPair. Every round draws as
/// many as are missing, so none has to be taken away again; at least half of the pairs that `evenly` draws
/// from must stay free, or it may take long.
template <class Draw>
std::vector<std::uint64_t> distinct_pairs(std::int64_t count, int threads, const Draw& draw) {
  constexpr int kRoundsByWeight = 32;
  std::vector<std::uint64_t> pairs;
  pairs.reserve(static_cast<std::size_t>(count));
  std::int64_t counter = 0;
  for (int round = 0; static_cast<std::int64_t>(pairs.size()) < count; ++round) {
    const auto kept = static_cast<std::int64_t>(pairs.size());
    pairs.resize(static_cast<std::size_t>(count));
    parallel_ranges(count - kept, threads, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        pairs[static_cast<std::size_t>(kept + i)] = draw(counter + i, round >= kRoundsByWeight);
    });
    counter += count - kept;
    sort_pairs(pairs.data() + kept, count - kept, threads);
    std::inplace_merge(pairs.begin(), pairs.begin() + kept, pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    if (!pairs.empty() && pairs.back() == kNoPair) pairs.pop_back();
  }
  return pairs;
}

}  // namespace weft::data
