// The choice of a sparse product's form, from sizes and alignment alone. Rows per block and rows under way
// were measured on an H200 (bench/README.md); panels that fit its second-level cache lost to whole rows
// there.
#include "kernels/cuda/spmm_choice.hpp"

#include <algorithm>
#include <cstdint>

namespace weft {
namespace {

constexpr int kFewestLanes = 8;
constexpr int kWarpLanes = 32;
constexpr int kFewestGroups = kSpmmThreads / kWarpLanes;  // of a block

// Rows per block: few, so that the multiprocessors have many blocks to even out rows of different lengths
// with. On an H200, blocks of 128 rows kept 24 % of the warps busy on ogbn-arxiv's graph. Moments cost 16
// bytes per block and column, written and read: half of an activation at 16 rows.
constexpr int kMostBlockRows = 8;
constexpr int kFewestBlockRows = kFewestGroups;
constexpr int kBlockRowsOfMoments = 16;
constexpr std::int64_t kEnoughBlocks = 2048;

// Rows of x under way: rows of fewer edges than two steps of eight are better served by more warps.
constexpr EdgeId kManyEdges = 16;

// Edges per segment. A group's step of 4 or 8 edges is a trip to memory, some 0.4 us, and what is left to do
// when most groups are done is a segment, or a row as long. On an H200 and ogbn-arxiv's graph, 152 edges
// instead of 607 took up to 28 us off products of 160 to 420 us (at 256 columns of float32, with factors, 2
// us more), and 76 were no better than 607. At most 16384 segments keep the scratch of their sums at 128 KB a
// column for any graph, and a row that is left whole below 1/16384 of the work.
constexpr EdgeId kFewestSegmentEdges = 128;
constexpr EdgeId kMostSegments = 16384;

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

/// A power of two.
int block_rows(NodeId rows, std::int64_t panels, bool moments) {
  if (moments) return kBlockRowsOfMoments;
  int result = kFewestBlockRows;
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
  return {a.num_rows, a.num_edges, a.longest_row, x.cols, columns, moments};
}

SpmmForm choose_spmm(const SpmmProblem& p, SpmmMethod method) {
  SpmmForm form;
  form.vectors = p.neighbours > 1;
  form.lane_columns = std::max(p.neighbours, 4);
  form.lanes = covering_lanes(p.columns, form.lane_columns);
  const std::int64_t panels = pieces(p.columns, form.panel_columns());
  form.block_rows = std::max(block_rows(p.rows, panels, p.moments), form.groups());
  form.at_once = p.edges >= kManyEdges * p.rows ? 8 : 4;
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
