#pragma once
// How blocks of threads walk over a matrix: the threads of a block stand in `lanes` rows of `across` threads,
// each thread keeps its few columns and goes down the rows of the block's part, so that a warp reads memory
// in one piece, what belongs to a column stays in registers, and no thread divides more than once.
//
// A reduction over rows cuts them into parts that depend on the shape only; a block leaves one partial result
// per column and part, which a second kernel joins in order. The threads of a block share a part's rows in an
// order that depends on the way of access too (bf16 has its own), never on the device.
#include <algorithm>

#include "kernels/cuda/vectors.cuh"

namespace weft::WEFT_DEVICE_NS {

constexpr int kColumnThreads = 256;
constexpr int kTileColumns = 256;  // of a block at most

/// Blocks that a multiprocessor shall hold at once, which bounds the registers of a thread.
template <class Rows>
constexpr int kBlocksAtOnce = Rows::kWidth > 4 ? 2 : 4;

/// Rows whose loads a thread has in flight: 64 bytes.
template <class Rows, int matrices = 1>
constexpr int kRowsAtOnce = matrices > 1 ? 2 : 4;

struct ColumnWalk {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t rows_per_part = 0;
  int width = 0;   // columns of a thread
  int across = 0;  // threads beside each other
  int lanes = 0;   // threads below each other

  std::int64_t parts() const { return ceil_div(rows, rows_per_part); }
  dim3 grid() const {
    return dim3(static_cast<unsigned>(parts()),
                static_cast<unsigned>(ceil_div(cols, std::int64_t{across} * width)));
  }
};

/// A walk whose parts have `rows_per_part` rows. Tiles of columns are as even as pairs of threads allow: of
/// two neighbours with 16 bytes each, which share a sector of memory, none is in another warp.
inline ColumnWalk column_walk(std::int64_t rows, std::int64_t cols, int width, std::int64_t rows_per_part) {
  const std::int64_t threads = ceil_div(cols, width);
  const std::int64_t tiles = ceil_div(threads, kTileColumns / width);
  const std::int64_t unit = width > 1 && threads > 1 ? 2 : 1;
  const auto across = static_cast<int>(ceil_div(threads, tiles * unit) * unit);
  return {rows, cols, rows_per_part, width, across, kColumnThreads / across};
}

/// Rows of a part of a reduction: enough work for a block, and no more parts than a second kernel joins in
/// no time.
constexpr std::int64_t reduction_rows(std::int64_t n, std::int64_t c) {
  constexpr std::int64_t kPartElements = 16384, kMostParts = 1024;
  return std::max(ceil_div(kPartElements, std::clamp<std::int64_t>(c, 1, kTileColumns)),
                  ceil_div(n, kMostParts));
}
constexpr std::int64_t reduction_parts(std::int64_t n, std::int64_t c) {
  return ceil_div(n, reduction_rows(n, c));
}
inline ColumnWalk reduction_walk(std::int64_t n, std::int64_t c, int width) {
  return column_walk(n, c, width, reduction_rows(n, c));
}

/// A walk for rows that have nothing to do with each other. A thread has `at_once` of them, or up to `most`
/// where that leaves blocks enough to fill a device, so that what it prepares once is shared.
inline ColumnWalk independent_walk(std::int64_t n, std::int64_t c, int width, int at_once, int most) {
  constexpr std::int64_t kManyBlocks = 1024;
  ColumnWalk walk = column_walk(n, c, width, 1);
  int rows = at_once;
  while (2 * rows <= most && n / (std::int64_t{2} * rows * walk.lanes) >= kManyBlocks) rows *= 2;
  walk.rows_per_part = std::int64_t{walk.lanes} * rows;
  return walk;
}

/// What a thread of a walk has: the columns from `col` on of the rows `row`, row + lanes, ... as long as they
/// lie less than `span` below the first.
struct ColumnPlace {
  std::int64_t row;
  int span;
  std::int64_t col;
  int left;  // columns from `col` on, at most the thread's width
};

template <class Rows>
WEFT_DEVICE ColumnPlace place_in(const ColumnWalk& walk) {
  const int lane_of_rows = static_cast<int>(threadIdx.x) / walk.across;
  const int beside = static_cast<int>(threadIdx.x) - lane_of_rows * walk.across;
  const std::int64_t part = std::int64_t{blockIdx.x} * walk.rows_per_part;
  const std::int64_t rows = part + walk.rows_per_part < walk.rows ? walk.rows_per_part : walk.rows - part;
  const std::int64_t col = (std::int64_t{blockIdx.y} * walk.across + beside) * Rows::kWidth;
  const bool works = lane_of_rows < walk.lanes && col < walk.cols;
  return {part + lane_of_rows, works ? static_cast<int>(rows) - lane_of_rows : 0, col,
          columns_left<Rows::kWidth>(walk.cols, col)};
}

/// One value per column and lane of a block on its way through shared memory, from the thread that has it to
/// the thread that joins its column. Threads write 16 bytes side by side and read words side by side; the
/// second four of eight columns lie half a row of banks further on, so that neither meets a conflict.
template <int W>
struct Staging {
  static constexpr int kGroup = W < 4 ? W : 4;
  static constexpr int kStride = kColumnThreads * kGroup + 16;
  static constexpr int kFloats = W / kGroup * kStride;

  WEFT_DEVICE static void put(float* staged, const Values<W>& values) {
    for (int group = 0; group < W / kGroup; ++group) {
      float* to = staged + group * kStride + static_cast<int>(threadIdx.x) * kGroup;
      if constexpr (kGroup == 4) {
        store4(to, make_float4(values[4 * group], values[4 * group + 1], values[4 * group + 2],
                               values[4 * group + 3]));
      } else {
        for (int i = 0; i < kGroup; ++i) to[i] = values[group * kGroup + i];
      }
    }
  }
  /// The value of the block's column `column` in one of the walk's lanes.
  WEFT_DEVICE static float get(const float* staged, const ColumnWalk& walk, int column, int lane_of_rows) {
    const int beside = column / W, within = column % W;
    return staged[within / kGroup * kStride + (lane_of_rows * walk.across + beside) * kGroup +
                  within % kGroup];
  }
};

// ---- the second kernel of a reduction: a block has 8 neighbouring columns and 32 threads for each, which
// take every 32nd part in order; a warp has four parts of the 8 columns

constexpr int kJoinColumns = 8;
constexpr int kJoinThreads = 256;
constexpr int kJoinWarps = kJoinThreads / kWarp;
constexpr int kJoinLanes = kJoinThreads / kJoinColumns;

/// The column of this thread and the first of its parts.
struct JoinPlace {
  int beside;  // among the block's columns
  std::int64_t column;
  std::int64_t part;
};
WEFT_DEVICE JoinPlace join_place() {
  const int beside = static_cast<int>(threadIdx.x) % kJoinColumns;
  return {beside, std::int64_t{blockIdx.x} * kJoinColumns + beside, threadIdx.x / kJoinColumns};
}
inline dim3 join_grid(std::int64_t columns) {
  return dim3(static_cast<unsigned>(ceil_div(columns, kJoinColumns)));
}

/// The column of a matrix that a thread joins over the lanes of its block, or -1. Each thread has one at
/// most, since a tile has no more columns than a block threads.
WEFT_DEVICE std::int64_t joined_column(const ColumnWalk& walk) {
  const int tile = walk.across * walk.width;
  const std::int64_t column = std::int64_t{blockIdx.y} * tile + threadIdx.x;
  return static_cast<int>(threadIdx.x) < tile && column < walk.cols ? column : -1;
}

}  // namespace weft::WEFT_DEVICE_NS
