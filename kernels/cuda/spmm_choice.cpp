// The choice of a sparse product's form, from sizes and alignment alone. Its constants come from arithmetic
// on what cards publish; nothing here was fitted to measurements.
#include "kernels/cuda/spmm_choice.hpp"

#include <algorithm>
#include <cstdint>

namespace weft {
namespace {

constexpr int kFewestLanes = 8;
constexpr int kWarpLanes = 32;
constexpr int kFewestGroups = kSpmmThreads / kWarpLanes;  // of a block

// Rows per block. Smaller graphs get shorter blocks, down to a row per group, so that each of some 130
// multiprocessors, which runs 4 or 5 blocks at a time, has several turns of them. Moments cost 16 bytes per
// block and column, written and read: 6 % of an activation at 128 rows, half of one at the 16 that are then
// the least.
constexpr int kMostBlockRows = 128;
constexpr int kFewestBlockRows = kFewestGroups;
constexpr int kFewestBlockRowsOfMoments = 16;
constexpr std::int64_t kEnoughBlocks = 2048;

// Edges per segment. A group adds 8 rows of x per trip to memory, so 256 edges are some 30 us of one group.
// At most 4096 segments keep the scratch of their sums at 32 KB a column for any graph, and a row that is
// left whole below 1/4096 of the work.
constexpr EdgeId kFewestSegmentEdges = 256;
constexpr EdgeId kMostSegments = 4096;

std::int64_t pieces(std::int64_t n, std::int64_t size) { return (n + size - 1) / size; }

EdgeId segment_edges(EdgeId edges) { return std::max(kFewestSegmentEdges, pieces(edges, kMostSegments)); }

/// Whether some row may be longer than a segment.
bool may_be_skewed(EdgeId edges, EdgeId longest_row) {
  return (longest_row > 0 ? longest_row : edges) > segment_edges(edges);
}

bool is_balanced(SpmmMethod method, EdgeId edges, EdgeId longest_row) {
  return method == SpmmMethod::kBalanced ||
         (method == SpmmMethod::kAuto && may_be_skewed(edges, longest_row));
}

/// The fewest lanes whose columns cover a row, or a whole warp.
int covering_lanes(std::int64_t columns, int lane_columns) {
  int lanes = kFewestLanes;
  while (lanes < kWarpLanes && std::int64_t{lanes} * lane_columns < columns) lanes *= 2;
  return lanes;
}

/// Every row of x is read once per edge that leads to it. When x is larger than the card's second-level cache
/// but a panel of it is not, each panel comes from memory once, and the rest of the reads from the cache,
/// which is faster. A panel has at least 8 lanes' columns: 128 bytes, a whole line. Narrower panels read the
/// edges more often, 4 bytes against those 128. The eighth of the cache that is left is for what streams by.
int panel_lanes(const SpmmProblem& p, int lane_columns, std::size_t l2_bytes) {
  const int whole = covering_lanes(p.columns, lane_columns);
  const std::int64_t cache = static_cast<std::int64_t>(l2_bytes / 8 * 7);
  const std::int64_t column_bytes = std::int64_t{p.inner} * static_cast<std::int64_t>(dtype_bytes(p.x));
  const bool reused = p.edges >= 2 * std::int64_t{p.inner};
  if (!reused || column_bytes * p.columns <= cache) return whole;
  for (int lanes = whole; lanes >= kFewestLanes; lanes /= 2) {
    if (column_bytes * lanes * lane_columns <= cache) return lanes;
  }
  return whole;
}

/// A power of two.
int block_rows(NodeId rows, std::int64_t panels, bool moments) {
  int result = moments ? kFewestBlockRowsOfMoments : kFewestBlockRows;
  while (result < kMostBlockRows && rows / (2 * result) * panels >= kEnoughBlocks) result *= 2;
  return result;
}

/// Columns that one access may take in every row of m: 8, 4 or 1. Eight are for bf16 only: 16 bytes.
int neighbours(const ConstMat& m) {
  const std::size_t bytes = dtype_bytes(m.dtype);
  const auto address = reinterpret_cast<std::uintptr_t>(m.data);
  for (const int columns : {8, 4}) {
    const std::size_t access = static_cast<std::size_t>(columns) * bytes;
    if (access <= 16 && address % access == 0 && m.ld % columns == 0) return columns;
  }
  return 1;
}

}  // namespace

SpmmProblem spmm_problem(const CsrView& a, const ConstMat& x, const ConstMat& y, bool moments) {
  const int columns = std::min(neighbours(x), neighbours(y));
  return {a.num_rows, a.num_cols, a.num_edges, a.longest_row, x.cols, x.dtype, y.dtype, columns, moments};
}

SpmmForm choose_spmm(const SpmmProblem& p, SpmmMethod method, std::size_t l2_bytes) {
  SpmmForm form;
  form.vectors = p.neighbours > 1;
  form.lane_columns = std::max(p.neighbours, 4);
  form.lanes = panel_lanes(p, form.lane_columns, l2_bytes);
  const std::int64_t panels = pieces(p.columns, form.panel_columns());
  form.block_rows = std::max(block_rows(p.rows, panels, p.moments), form.groups());
  form.balanced = is_balanced(method, p.edges, p.longest_row);
  form.segment_edges = segment_edges(p.edges);
  return form;
}

std::size_t SpmmScratch::parts_at() const {
  return static_cast<std::size_t>(2 * segments * partial_columns) * sizeof(float);
}

std::size_t SpmmScratch::long_rows_at() const {
  return parts_at() + static_cast<std::size_t>(moment_parts * columns) * kSpmmPartBytes;
}

std::size_t SpmmScratch::bytes() const {
  return long_rows_at() + static_cast<std::size_t>(2 * segments) * sizeof(NodeId);
}

SpmmScratch spmm_scratch_for(const CsrView& a, std::int64_t columns, SpmmMethod method, bool moments) {
  SpmmScratch scratch;
  scratch.columns = columns;
  if (is_balanced(method, a.num_edges, a.longest_row)) {
    scratch.segments = pieces(a.num_edges, segment_edges(a.num_edges));
  }
  // The widest panel that any form takes for so many columns; all others divide it.
  const int panel = 8 * covering_lanes(columns, 8);
  scratch.partial_columns = pieces(columns, panel) * panel;
  if (moments) {
    scratch.moment_parts = pieces(a.num_rows, block_rows(a.num_rows, 1, true)) +
                           pieces(2 * scratch.segments, kFewestGroups * kSpmmJoinPlaces);
  }
  return scratch;
}

}  // namespace weft
