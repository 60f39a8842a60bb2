#pragma once
// How a sparse product is cut for a GPU. Host code without a device, so that the choice is tested by itself.
#include <cstddef>

#include "kernels/backend.hpp"

namespace weft {

/// Threads of each block of a sparse product.
constexpr int kSpmmThreads = 128;
/// Places of segments, two for each, that a group looks through for long rows to put together.
constexpr int kSpmmJoinPlaces = 8;
/// Of a column's moments in one part (MomentParts).
constexpr std::size_t kSpmmPartBytes = 16;

/// What the choice depends on.
struct SpmmProblem {
  NodeId rows = 0;           // of A and y
  EdgeId edges = 0;          // of A
  EdgeId longest_row = 0;    // edges of the longest row, or an upper bound; 0: not known
  std::int64_t columns = 0;  // of x and y
  int neighbours = 1;        // columns that one access may take in each row of x and y: 8, 4 or 1
  bool moments = false;      // of y are asked for
};

SpmmProblem spmm_problem(const CsrView& a, const ConstMat& x, const ConstMat& y, bool moments);

/// A group of lanes owns a row of y and shares out the columns of a panel among its lanes; a block has as
/// many groups as it has room for and owns consecutive rows; the panels of y follow one another. When
/// balanced, the edges are also cut into segments of equal length, for the rows that are longer than one.
struct SpmmForm {
  int lanes = 32;            // of a group: 8, 16 or 32
  int lane_columns = 4;      // columns of a lane: 4 or 8
  bool vectors = false;      // they are neighbours and move in one access; else they lie `lanes` apart
  int at_once = 8;           // rows of x that a lane has under way: 4 or 8
  int block_rows = 8;        // rows of a block, at least one for each group
  bool balanced = false;     // rows of more than segment_edges edges are left to the segments
  EdgeId segment_edges = 0;  // edges of a segment

  int groups() const { return kSpmmThreads / lanes; }
  int panel_columns() const { return lanes * lane_columns; }
};

/// `method` is kAuto, kRows or kBalanced.
SpmmForm choose_spmm(const SpmmProblem& problem, SpmmMethod method);

/// The scratch that every form of a product can do with. Types, alignment and card are not known when it is
/// asked for, so the counts are bounds.
struct SpmmScratch {
  std::int64_t columns = 0;          // of y
  std::int64_t segments = 0;         // 0: the product is not balanced
  std::int64_t partial_columns = 0;  // those of y, the last panel filled up
  std::int64_t moment_parts = 0;     // 0: moments are not asked for

  // Two sums for each segment lie at 0, then come the parts of the moments, then the rows of the sums.
  std::size_t parts_at() const;
  std::size_t long_rows_at() const;
  std::size_t bytes() const;
};
SpmmScratch spmm_scratch_for(const CsrView& a, std::int64_t columns, SpmmMethod method, bool moments);

}  // namespace weft
