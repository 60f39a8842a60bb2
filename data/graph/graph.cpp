// Everything that changes the order of edges is one stable sort by row. It runs in two levels so that no
// level needs memory in proportion to threads * nodes: edges go to buckets of neighbouring rows (counted per
// part of the input, so every edge's place is known before any is moved), then each bucket, small enough for
// a cache, is sorted by one thread. A stable sort has one result, so bits do not depend on the threads.
#include "data/graph/graph.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "data/base/parallel.hpp"
#include "data/graph/row_buckets.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

struct Entry {
  NodeId row;
  NodeId col;
};

/// The edges source[k] -> target[k], with the reversed edges between them where wanted.
class EdgeList {
 public:
  EdgeList(Vec<const NodeId> source, Vec<const NodeId> target, bool add_inverse)
      : source_(source), target_(target), copies_(add_inverse ? 2 : 1) {}

  EdgeId size() const { return copies_ * target_.size; }

  /// fn(row, col, edge id) for the entries [begin, end), in order.
  template <class Fn>
  void visit(EdgeId begin, EdgeId end, const Fn& fn) const {
    for (EdgeId e = begin; e < end; ++e) {
      const EdgeId k = e / copies_;
      const bool reversed = e % copies_ == 1;
      fn(reversed ? source_[k] : target_[k], reversed ? target_[k] : source_[k], e);
    }
  }

 private:
  Vec<const NodeId> source_;
  Vec<const NodeId> target_;
  EdgeId copies_;
};

class Numbered {
 public:
  explicit Numbered(Vec<const NumberedEdge> edges) : edges_(edges) {}

  EdgeId size() const { return edges_.size; }

  template <class Fn>
  void visit(EdgeId begin, EdgeId end, const Fn& fn) const {
    for (EdgeId e = begin; e < end; ++e) fn(edges_[e].row, edges_[e].col, edges_[e].id);
  }

 private:
  Vec<const NumberedEdge> edges_;
};

/// The entries of A with row and column exchanged, in A's order: by A's row, hence ascending new columns.
class Transposed {
 public:
  explicit Transposed(const CsrView& a) : a_(a) {}

  EdgeId size() const { return a_.num_edges; }

  template <class Fn>
  void visit(EdgeId begin, EdgeId end, const Fn& fn) const {
    const EdgeId* ends = a_.offsets + 1;
    auto row = static_cast<NodeId>(std::upper_bound(ends, ends + a_.num_rows, begin) - ends);
    for (EdgeId e = begin; e < end; ++e) {
      while (e >= a_.offsets[row + 1]) ++row;
      fn(a_.cols[e], row, a_.edge_ids == nullptr ? e : a_.edge_ids[e]);
    }
  }

 private:
  CsrView a_;
};

/// Puts one bucket's entries into their rows and orders each row by column, equal columns as they came.
class BucketSorter {
 public:
  BucketSorter(HostCsr& out, const RowBuckets& buckets, const std::vector<Entry>& entries, bool with_ids)
      : out_(out), buckets_(buckets), entries_(entries), with_ids_(with_ids) {}

  void operator()(std::int64_t bucket, EdgeId begin, EdgeId end) const {
    const std::int64_t first_row = buckets_.first_row(bucket);
    const std::int64_t last_row = std::min<std::int64_t>(out_.num_rows, buckets_.first_row(bucket + 1));
    std::vector<EdgeId> next(static_cast<std::size_t>(last_row - first_row) + 1, 0);
    for (EdgeId e = begin; e < end; ++e) ++next[static_cast<std::size_t>(at(e).row - first_row) + 1];
    next[0] = begin;
    for (std::size_t r = 1; r < next.size(); ++r) next[r] += next[r - 1];
    std::copy(next.begin() + 1, next.end(), out_.offsets.begin() + first_row + 1);

    std::vector<EdgeId> ids;  // this bucket's, as they came: the output is overwritten below
    if (with_ids_) ids.assign(out_.edge_ids.begin() + begin, out_.edge_ids.begin() + end);
    for (EdgeId e = begin; e < end; ++e) {
      const auto to = static_cast<std::size_t>(next[static_cast<std::size_t>(at(e).row - first_row)]++);
      out_.cols[to] = at(e).col;
      if (with_ids_) out_.edge_ids[to] = ids[static_cast<std::size_t>(e - begin)];
    }
    std::vector<std::pair<NodeId, EdgeId>> scratch;
    EdgeId row_begin = begin;
    for (std::int64_t row = first_row; row < last_row; ++row) {
      const EdgeId row_end = out_.offsets[static_cast<std::size_t>(row) + 1];
      sort_row(row_begin, row_end, scratch);
      row_begin = row_end;
    }
  }

 private:
  const Entry& at(EdgeId e) const { return entries_[static_cast<std::size_t>(e)]; }

  // Ids ascend where columns do not (edge lists are numbered in order), so (column, id) is the stable order.
  void sort_row(EdgeId begin, EdgeId end, std::vector<std::pair<NodeId, EdgeId>>& scratch) const {
    NodeId* cols = out_.cols.data() + begin;
    const EdgeId count = end - begin;
    if (std::is_sorted(cols, cols + count)) return;
    if (!with_ids_) {
      std::sort(cols, cols + count);
      return;
    }
    EdgeId* ids = out_.edge_ids.data() + begin;
    scratch.resize(static_cast<std::size_t>(count));
    for (EdgeId i = 0; i < count; ++i) scratch[static_cast<std::size_t>(i)] = {cols[i], ids[i]};
    std::sort(scratch.begin(), scratch.end());
    for (EdgeId i = 0; i < count; ++i) {
      cols[i] = scratch[static_cast<std::size_t>(i)].first;
      ids[i] = scratch[static_cast<std::size_t>(i)].second;
    }
  }

  HostCsr& out_;
  const RowBuckets& buckets_;
  const std::vector<Entry>& entries_;
  bool with_ids_;
};

/// The entries as a CSR: the two levels described above.
template <class Entries>
HostCsr sort_by_row(const Entries& entries, NodeId num_rows, NodeId num_cols, bool with_ids, int threads) {
  const auto size = static_cast<std::size_t>(entries.size());
  HostCsr out;
  out.num_rows = num_rows;
  out.num_cols = num_cols;
  out.offsets.assign(static_cast<std::size_t>(num_rows) + 1, 0);
  out.cols.resize(size);
  if (with_ids) out.edge_ids.resize(size);

  const RowBuckets buckets(num_rows);
  const std::int64_t parts = std::max(1, threads);
  std::vector<EdgeId> starts;
  std::vector<EdgeId> positions = plan_buckets(entries, buckets, parts, threads, starts);
  std::vector<Entry> moved(size);
  parallel_for(parts, threads, [&](std::int64_t part) {
    EdgeId* next = positions.data() + part * buckets.count;
    entries.visit(part_begin(entries.size(), parts, part), part_begin(entries.size(), parts, part + 1),
                  [&](NodeId row, NodeId col, EdgeId id) {
                    const auto to = static_cast<std::size_t>(next[buckets.of(row)]++);
                    moved[to] = {row, col};
                    if (with_ids) out.edge_ids[to] = id;
                  });
  });
  const BucketSorter sort_bucket(out, buckets, moved, with_ids);
  parallel_for(buckets.count, threads, [&](std::int64_t b) {
    sort_bucket(b, starts[static_cast<std::size_t>(b)], starts[static_cast<std::size_t>(b) + 1]);
  });
  return out;
}

/// The columns of row `row` of A.
Vec<const NodeId> row_of(const CsrView& a, std::int64_t row) {
  return {a.cols + a.offsets[row], a.offsets[row + 1] - a.offsets[row]};
}

/// Where a row is written, entry by entry; a graph without weights has none to write.
struct RowEnd {
  NodeId* cols;
  float* weights;  // or null

  void append(NodeId col, float weight) {
    *cols++ = col;
    if (weights != nullptr) *weights++ = weight;
  }
  /// The entries [begin, end) of A.
  void append(const CsrView& a, EdgeId begin, EdgeId end) {
    cols = std::copy(a.cols + begin, a.cols + end, cols);
    if (weights != nullptr) weights = std::copy(a.weights + begin, a.weights + end, weights);
  }
};

/// A CSR whose row r has length(r) entries, written by write(r, RowEnd).
template <class Length, class Write>
HostCsr build_rows(NodeId num_rows, NodeId num_cols, bool weighted, int threads, const Length& length,
                   const Write& write) {
  HostCsr out;
  out.num_rows = num_rows;
  out.num_cols = num_cols;
  out.offsets.assign(static_cast<std::size_t>(num_rows) + 1, 0);
  EdgeId* offsets = out.offsets.data();
  parallel_ranges(num_rows, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) offsets[row + 1] = length(row);
  });
  for (NodeId row = 0; row < num_rows; ++row) offsets[row + 1] += offsets[row];
  out.cols.resize(static_cast<std::size_t>(offsets[num_rows]));
  if (weighted) out.weights.resize(out.cols.size());
  parallel_ranges(num_rows, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      write(row,
            RowEnd{out.cols.data() + offsets[row], weighted ? out.weights.data() + offsets[row] : nullptr});
    }
  });
  return out;
}

/// The entries of a row, from left to right.
class RowCursor {
 public:
  RowCursor(const CsrView& a, std::int64_t row) : a_(a), at_(a.offsets[row]), end_(a.offsets[row + 1]) {}

  bool more() const { return at_ < end_; }
  NodeId col() const { return a_.cols[at_]; }
  /// Goes past every entry in column `col`; returns the sum of their weights.
  double take(NodeId col) {
    double sum = 0.0;
    for (; more() && a_.cols[at_] == col; ++at_) sum += a_.weights == nullptr ? 1.0 : a_.weights[at_];
    return sum;
  }

 private:
  const CsrView& a_;
  EdgeId at_, end_;
};

/// Calls emit(column, weight) once for every column in row `row` of A or of B. The weights of each are summed
/// by themselves first, so that A and A^T give the same bits in either order.
template <class Emit>
void visit_union(const CsrView& a, const CsrView& b, std::int64_t row, const Emit& emit) {
  RowCursor left(a, row), right(b, row);
  while (left.more() || right.more()) {
    const bool in_left = left.more() && (!right.more() || left.col() <= right.col());
    const NodeId col = in_left ? left.col() : right.col();
    double sum = left.take(col);
    sum += right.take(col);
    WEFT_CHECK(std::abs(sum) <= std::numeric_limits<float>::max(), "symmetrize: the weights of edge (", col,
               ", ", row, "), of its repeats and its reverse add up to ", sum,
               ", more than float32 holds; divide all weights by one number");
    emit(col, static_cast<float>(sum));
  }
}

void check_square(const CsrView& a, const char* what) {
  WEFT_CHECK(a.num_rows == a.num_cols, what, ": needs a square graph, this one is [", a.num_rows, ", ",
             a.num_cols, "]");
}

}  // namespace

CsrView HostCsr::view() const {
  CsrView a;
  a.num_rows = num_rows;
  a.num_cols = num_cols;
  a.num_edges = static_cast<EdgeId>(cols.size());
  a.offsets = offsets.data();
  a.cols = cols.data();
  a.weights = weights.empty() ? nullptr : weights.data();
  a.edge_ids = edge_ids.empty() ? nullptr : edge_ids.data();
  return a;
}

HostCsr csr_from_edges(Vec<const NodeId> source, Vec<const NodeId> target, NodeId num_rows, NodeId num_cols,
                       bool add_inverse, int threads) {
  WEFT_CHECK(source.size == target.size, "csr_from_edges: ", source.size, " sources but ", target.size,
             " targets");
  WEFT_CHECK(num_rows >= 0 && num_cols >= 0, "csr_from_edges: [", num_rows, ", ", num_cols, "]");
  WEFT_CHECK(source.size == 0 || (num_rows > 0 && num_cols > 0), "csr_from_edges: ", source.size,
             " edges but no nodes");
  WEFT_CHECK(!add_inverse || num_rows == num_cols, "csr_from_edges: inverse edges need a square graph, not [",
             num_rows, ", ", num_cols, "]");
  return sort_by_row(EdgeList(source, target, add_inverse), num_rows, num_cols, true, threads);
}

HostCsr csr_from_numbered(Vec<const NumberedEdge> edges, NodeId num_rows, NodeId num_cols, int threads) {
  return sort_by_row(Numbered(edges), num_rows, num_cols, true, threads);
}

HostCsr transpose(const CsrView& a, int threads) {
  if (a.weights == nullptr)
    return sort_by_row(Transposed(a), a.num_cols, a.num_rows, a.edge_ids != nullptr, threads);
  CsrView placed = a;
  placed.edge_ids = nullptr;  // each entry is numbered by its place, which tells its weight and its edge
  HostCsr out = sort_by_row(Transposed(placed), a.num_cols, a.num_rows, true, threads);
  out.weights.reserve(out.cols.size());
  for (const EdgeId from : out.edge_ids) out.weights.push_back(a.weights[from]);
  if (a.edge_ids == nullptr) {
    out.edge_ids = {};
  } else {
    for (EdgeId& id : out.edge_ids) id = a.edge_ids[id];
  }
  return out;
}

HostCsr symmetrize(const CsrView& a, int threads) {
  check_square(a, "symmetrize");
  CsrView left = a;
  left.edge_ids = nullptr;
  const HostCsr reversed = transpose(left, threads);
  const CsrView right = reversed.view();
  return build_rows(
      a.num_rows, a.num_cols, a.weights != nullptr, threads,
      [&](std::int64_t row) {
        EdgeId length = 0;
        visit_union(left, right, row, [&](NodeId, float) { ++length; });
        return length;
      },
      [&](std::int64_t row, RowEnd to) {
        visit_union(left, right, row, [&](NodeId col, float weight) { to.append(col, weight); });
      });
}

HostCsr with_self_loops(const CsrView& a, int threads) {
  check_square(a, "with_self_loops");
  return build_rows(
      a.num_rows, a.num_cols, a.weights != nullptr, threads,
      [&](std::int64_t row) {
        const Vec<const NodeId> cols = row_of(a, row);
        return cols.size - std::count(cols.begin(), cols.end(), static_cast<NodeId>(row)) + 1;
      },
      [&](std::int64_t row, RowEnd to) {
        const auto self = static_cast<NodeId>(row);
        const NodeId* const end = a.cols + a.offsets[row + 1];
        const auto [loops, rest] = std::equal_range(a.cols + a.offsets[row], end, self);
        to.append(a, a.offsets[row], loops - a.cols);
        to.append(self, 1.0f);
        to.append(a, rest - a.cols, a.offsets[row + 1]);
      });
}

HostCsr select_rows(const CsrView& a, Vec<const NodeId> rows, int threads) {
  WEFT_CHECK(rows.size <= std::numeric_limits<NodeId>::max(), "select_rows: ", rows.size,
             " rows are too many");
  for (std::int64_t i = 0; i < rows.size; ++i) {
    WEFT_CHECK(rows[i] >= 0 && rows[i] < a.num_rows, "select_rows: row ", rows[i], " (at ", i, ") of ",
               a.num_rows);
  }
  return build_rows(
      static_cast<NodeId>(rows.size), a.num_cols, a.weights != nullptr, threads,
      [&](std::int64_t i) { return row_of(a, rows[i]).size; },
      [&](std::int64_t i, RowEnd to) { to.append(a, a.offsets[rows[i]], a.offsets[rows[i] + 1]); });
}

bool is_symmetric(const CsrView& a, int threads) {
  if (a.num_rows != a.num_cols) return false;
  CsrView pattern = a;
  pattern.weights = nullptr;
  pattern.edge_ids = nullptr;
  const HostCsr b = transpose(pattern, threads);
  return std::equal(b.offsets.begin(), b.offsets.end(), a.offsets) &&
         std::equal(b.cols.begin(), b.cols.end(), a.cols);
}

std::vector<double> row_sums(const CsrView& a) {
  std::vector<double> sums(static_cast<std::size_t>(a.num_rows), 0.0);
  for (NodeId row = 0; row < a.num_rows; ++row) {
    const EdgeId begin = a.offsets[row], end = a.offsets[row + 1];
    sums[static_cast<std::size_t>(row)] = a.weights == nullptr
                                              ? static_cast<double>(end - begin)
                                              : std::accumulate(a.weights + begin, a.weights + end, 0.0);
  }
  return sums;
}

std::vector<EdgeId> row_counts(const CsrView& a) {
  std::vector<EdgeId> counts(static_cast<std::size_t>(a.num_rows));
  for (NodeId row = 0; row < a.num_rows; ++row) counts[static_cast<std::size_t>(row)] = row_of(a, row).size;
  return counts;
}

std::vector<EdgeId> column_counts(const CsrView& a, int threads) {
  std::vector<EdgeId> counts(static_cast<std::size_t>(a.num_cols), 0);
  // Whole numbers: any order of the additions gives the same counts.
  parallel_ranges(a.num_edges, threads, [&](std::int64_t begin, std::int64_t end) {
    for (EdgeId e = begin; e < end; ++e) {
      std::atomic_ref(counts[static_cast<std::size_t>(a.cols[e])]).fetch_add(1, std::memory_order_relaxed);
    }
  });
  return counts;
}

}  // namespace weft::data
