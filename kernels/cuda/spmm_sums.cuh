#pragma once
// Sums over edges: what a lane does with the rows of x that an edge after the other leads to.
#include "kernels/cuda/moments.cuh"
#include "kernels/cuda/spmm_columns.cuh"

namespace weft::WEFT_DEVICE_NS {

/// What the kernels of a sparse product are given.
struct SpmmArguments {
  CsrView a;
  const float* row_scale;  // null: all 1
  const float* col_scale;  // null: all 1
  const float* bias;       // null: none
  bool adds;               // to y
  ConstMat x;
  std::int64_t x_row_bytes;  // from one row of x to the next
  Mat y;

  // The form (spmm_choice.hpp). A place is what one group sums into at a time: a row, or half a segment.
  int lanes;
  std::int64_t block_rows;
  std::int64_t row_blocks;
  EdgeId segment_edges;         // the edges of rows with more come in segments
  std::int64_t segment_places;  // two for each segment
  std::int64_t segment_blocks;  // before those of the rows

  // Scratch.
  float* partials;               // [segment_places, partial_columns]
  std::int64_t partial_columns;  // those of y, the last panel filled up
  NodeId* long_rows;             // [segment_places] whose edges the place sums; -1: none
  MomentParts parts;             // no values: moments are not asked for
};

WEFT_DEVICE int groups_of_block(const SpmmArguments& s) { return static_cast<int>(blockDim.x) / s.lanes; }
WEFT_DEVICE int group_in_block(const SpmmArguments& s) { return static_cast<int>(threadIdx.x) / s.lanes; }
WEFT_DEVICE int lane_in_group(const SpmmArguments& s) { return static_cast<int>(threadIdx.x) % s.lanes; }

struct EdgeRange {
  EdgeId begin;
  EdgeId end;
};

WEFT_DEVICE EdgeRange edges_of_row(const SpmmArguments& s, std::int64_t row) {
  return {__ldg(s.a.offsets + row), __ldg(s.a.offsets + row + 1)};
}

WEFT_DEVICE bool is_long(const SpmmArguments& s, EdgeRange row) {
  return row.end - row.begin > s.segment_edges;
}

/// Where up to kAtOnce edges lead, and how many of them there are.
template <int kAtOnce>
struct Step {
  EdgeId begin;
  int edges;
  NodeId from[kAtOnce];

  WEFT_DEVICE void load(const SpmmArguments& s, EdgeId first, EdgeId end) {
    begin = first;
    edges = static_cast<int>(min(end - first, EdgeId{kAtOnce}));
    for (int k = 0; k < kAtOnce; ++k) {
      if (k < edges) from[k] = __ldg(s.a.cols + first + k);
    }
  }
};

/// Adds a step's edges in order: a lane asks for all their rows of x, and for where the step behind it leads,
/// before it adds the first. kAll: exactly kAtOnce edges, so that nothing is asked.
template <class T, bool kScaled, int kAtOnce, bool kAll, class Columns>
WEFT_DEVICE void add_step(const SpmmArguments& s, const Columns& mine, Step<kAtOnce>& step, EdgeId end,
                          float (&sum)[Columns::kCount]) {
  const int edges = step.edges;
  const auto row = [&](NodeId j) {
    // A node's number is never negative: to say so saves a third of a 64-bit multiplication.
    const auto bytes =
        std::uint64_t{static_cast<std::uint32_t>(j)} * static_cast<std::uint64_t>(s.x_row_bytes);
    return reinterpret_cast<const T*>(static_cast<const char*>(s.x.data) + bytes) + mine.first;
  };
  Stored<T, Columns::kCount> rows[kAtOnce];
  if (mine.whole()) {
    for (int k = 0; k < kAtOnce; ++k) {
      if (kAll || k < edges) mine.load_whole(rows[k], row(step.from[k]));
    }
  } else {
    for (int k = 0; k < kAtOnce; ++k) {
      if (kAll || k < edges) mine.load_few(rows[k], row(step.from[k]));
    }
  }
  float factor[kAtOnce];
  if constexpr (kScaled) {
    for (int k = 0; k < kAtOnce; ++k) {
      if (!kAll && k >= edges) continue;
      factor[k] = s.a.weights == nullptr ? 1.0f : __ldg(s.a.weights + step.begin + k);
      if (s.col_scale != nullptr) factor[k] *= __ldg(s.col_scale + step.from[k]);
    }
  }
  step.load(s, step.begin + edges, end);
  for (int k = 0; k < kAtOnce; ++k) {
    if (!kAll && k >= edges) continue;
    for (int i = 0; i < Columns::kCount; ++i) {
      sum[i] = kScaled ? fmaf(factor[k], rows[k][i], sum[i]) : sum[i] + rows[k][i];
    }
  }
}

/// The sum over some edges: one chain of additions, or fused multiply-adds, in their order.
template <class T, bool kScaled, int kAtOnce, class Columns>
WEFT_DEVICE void sum_edges(const SpmmArguments& s, const Columns& mine, EdgeRange edges,
                           float (&sum)[Columns::kCount]) {
  for (float& value : sum) value = 0.0f;
  Step<kAtOnce> step;
  step.load(s, edges.begin, edges.end);
  while (step.edges == kAtOnce) add_step<T, kScaled, kAtOnce, true>(s, mine, step, edges.end, sum);
  if (step.edges > 0) add_step<T, kScaled, kAtOnce, false>(s, mine, step, edges.end, sum);
}

}  // namespace weft::WEFT_DEVICE_NS
