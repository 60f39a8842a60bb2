#pragma once
// Entries of a matrix on their way to their rows: first to buckets of neighbouring rows, which fit a cache.
#include <cstdint>
#include <utility>
#include <vector>

#include "data/base/parallel.hpp"
#include "kernels/base/view.hpp"

namespace weft::data {

/// Rows are cut into buckets of 2^shift, in about as many as have write streams within the caches' reach;
/// in more where a shift may be at most `most_shift`.
struct RowBuckets {
  int shift = 0;
  std::int64_t count = 1;

  explicit RowBuckets(NodeId num_rows, int most_shift = 31) {
    constexpr std::int64_t kMost = 1024;
    while (shift < most_shift && (std::int64_t{num_rows} >> shift) >= kMost) ++shift;
    count = (std::int64_t{num_rows} >> shift) + 1;
  }
  std::int64_t of(NodeId row) const { return row >> shift; }
  std::int64_t first_row(std::int64_t bucket) const { return bucket << shift; }
};

/// Where every part of the input starts writing in every bucket: positions[part * buckets + bucket].
/// `starts` [buckets + 1] receives where the buckets themselves begin. Entries have size() and
/// visit(begin, end, fn(row, col, edge id)), which may call fn several times per unit of size.
template <class Entries>
std::vector<EdgeId> plan_buckets(const Entries& entries, const RowBuckets& buckets, std::int64_t parts,
                                 int threads, std::vector<EdgeId>& starts) {
  std::vector<EdgeId> positions(static_cast<std::size_t>(parts * buckets.count), 0);
  parallel_for(parts, threads, [&](std::int64_t part) {
    EdgeId* counts = positions.data() + part * buckets.count;
    entries.visit(part_begin(entries.size(), parts, part), part_begin(entries.size(), parts, part + 1),
                  [&](NodeId row, NodeId, EdgeId) { ++counts[buckets.of(row)]; });
  });
  starts.assign(static_cast<std::size_t>(buckets.count) + 1, 0);
  EdgeId sum = 0;
  for (std::int64_t b = 0; b < buckets.count; ++b) {
    starts[static_cast<std::size_t>(b)] = sum;
    for (std::int64_t part = 0; part < parts; ++part) {
      sum += std::exchange(positions[static_cast<std::size_t>(part * buckets.count + b)], sum);
    }
  }
  starts.back() = sum;
  return positions;
}

}  // namespace weft::data
