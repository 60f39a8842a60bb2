// The symmetric pattern of a list of edges. Both directions of every edge go to buckets of neighbouring rows,
// as in graph.cpp; in a bucket rows are sorted and what repeats is dropped, then the buckets close up. A
// sorted row without repeats is one whatever order its columns came in, so bits do not depend on the threads.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "data/base/parallel.hpp"
#include "data/graph/graph.hpp"
#include "data/graph/row_buckets.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

/// Every edge as two entries, a loop as the same one twice.
class BothWays {
 public:
  BothWays(Vec<const NodeId> source, Vec<const NodeId> target) : source_(source), target_(target) {}

  EdgeId size() const { return target_.size; }

  template <class Fn>
  void visit(EdgeId begin, EdgeId end, const Fn& fn) const {
    for (EdgeId e = begin; e < end; ++e) {
      fn(target_[e], source_[e], e);
      fn(source_[e], target_[e], e);
    }
  }

 private:
  Vec<const NodeId> source_;
  Vec<const NodeId> target_;
};

class SymmetricBuilder {
 public:
  SymmetricBuilder(const BothWays& entries, NodeId num_nodes, int threads)
      : entries_(entries), threads_(threads), buckets_(num_nodes, kRowBits) {
    out_.num_rows = out_.num_cols = num_nodes;
    out_.offsets.assign(static_cast<std::size_t>(num_nodes) + 1, 0);
  }

  HostCsr build() {
    distribute();
    parallel_for(buckets_.count, threads_, [&](std::int64_t b) { sort_bucket(b); });
    std::vector<RowInBucket>().swap(row_in_bucket_);
    close_up();
    return std::move(out_);
  }

 private:
  using RowInBucket = std::uint16_t;
  static constexpr int kRowBits = 16;

  void distribute() {
    const std::int64_t parts = std::max(1, threads_);
    std::vector<EdgeId> positions = plan_buckets(entries_, buckets_, parts, threads_, starts_);
    out_.cols.resize(static_cast<std::size_t>(starts_.back()));
    row_in_bucket_.resize(out_.cols.size());
    parallel_for(parts, threads_, [&](std::int64_t part) {
      EdgeId* next = positions.data() + part * buckets_.count;
      entries_.visit(part_begin(entries_.size(), parts, part), part_begin(entries_.size(), parts, part + 1),
                     [&](NodeId row, NodeId col, EdgeId) {
                       const std::int64_t bucket = buckets_.of(row);
                       const auto to = static_cast<std::size_t>(next[bucket]++);
                       out_.cols[to] = col;
                       row_in_bucket_[to] = static_cast<RowInBucket>(row - buckets_.first_row(bucket));
                     });
    });
  }

  /// Leaves the bucket's rows one behind the other at its beginning, and their lengths in offsets[row + 1].
  void sort_bucket(std::int64_t bucket) {
    const std::int64_t first_row = buckets_.first_row(bucket);
    const std::int64_t rows =
        std::min<std::int64_t>(out_.num_rows, buckets_.first_row(bucket + 1)) - first_row;
    const EdgeId begin = starts_[static_cast<std::size_t>(bucket)];
    const EdgeId end = starts_[static_cast<std::size_t>(bucket) + 1];
    NodeId* const cols = out_.cols.data() + begin;
    const RowInBucket* const row_of = row_in_bucket_.data() + begin;
    const std::vector<NodeId> came(cols, cols + (end - begin));
    std::vector<EdgeId> next(static_cast<std::size_t>(rows) + 1, 0);
    for (std::size_t e = 0; e < came.size(); ++e) ++next[std::size_t{row_of[e]} + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (std::size_t e = 0; e < came.size(); ++e) cols[next[row_of[e]]++] = came[e];

    NodeId* to = cols;
    EdgeId row_begin = 0;
    for (std::int64_t r = 0; r < rows; ++r) {
      const EdgeId row_end = next[static_cast<std::size_t>(r)];  // moved on from where the row began
      std::sort(cols + row_begin, cols + row_end);
      const NodeId* const first = to;
      for (EdgeId e = row_begin; e < row_end; ++e) {
        if (e == row_begin || cols[e] != to[-1]) *to++ = cols[e];
      }
      out_.offsets[static_cast<std::size_t>(first_row + r) + 1] = to - first;
      row_begin = row_end;
    }
  }

  /// Lengths to offsets, and every bucket to where its rows belong.
  void close_up() {
    std::partial_sum(out_.offsets.begin(), out_.offsets.end(), out_.offsets.begin());
    const auto offset = [&](std::int64_t row) {
      return out_.offsets[static_cast<std::size_t>(std::min<std::int64_t>(row, out_.num_rows))];
    };
    for (std::int64_t b = 0; b < buckets_.count; ++b) {
      const EdgeId to = offset(buckets_.first_row(b));
      const EdgeId count = offset(buckets_.first_row(b + 1)) - to;
      const EdgeId from = starts_[static_cast<std::size_t>(b)];
      if (to == from) continue;  // nothing repeats before it
      std::copy(out_.cols.begin() + from, out_.cols.begin() + from + count, out_.cols.begin() + to);
    }
    out_.cols.resize(static_cast<std::size_t>(out_.offsets.back()));
    if (out_.cols.size() < out_.cols.capacity() / 4 * 3) out_.cols.shrink_to_fit();
  }

  const BothWays& entries_;
  const int threads_;
  const RowBuckets buckets_;
  HostCsr out_;
  std::vector<EdgeId> starts_;              // [buckets + 1]
  std::vector<RowInBucket> row_in_bucket_;  // of each entry, as they lie in cols before they are sorted
};

}  // namespace

HostCsr symmetric_from_edges(Vec<const NodeId> source, Vec<const NodeId> target, NodeId num_nodes,
                             int threads) {
  WEFT_CHECK(source.size == target.size, "symmetric_from_edges: ", source.size, " sources but ", target.size,
             " targets");
  WEFT_CHECK(num_nodes >= 0, "symmetric_from_edges: ", num_nodes, " nodes");
  WEFT_CHECK(source.size == 0 || num_nodes > 0, "symmetric_from_edges: ", source.size, " edges but no nodes");
  return SymmetricBuilder(BothWays(source, target), num_nodes, threads).build();
}

}  // namespace weft::data
