#pragma once
// Long rows in pieces. The list of all edges is cut into segments of equal length, and a row with more edges
// than a segment is summed piece by piece, one for each segment that it meets. A segment meets at most two
// such rows, because a third between them would be shorter; so it has two places: the first is for the row
// that holds its first edge, the second for a row that begins behind it.
#include "kernels/cuda/csr_search.cuh"
#include "kernels/cuda/spmm_sums.cuh"

namespace weft::WEFT_DEVICE_NS {

WEFT_DEVICE EdgeRange edges_of_segment(const SpmmArguments& s, std::int64_t place) {
  const EdgeId begin = place / 2 * s.segment_edges;
  return {begin, min(begin + s.segment_edges, s.a.num_edges)};
}

/// The long row whose edges `place` sums, or -1.
WEFT_DEVICE NodeId find_long_row(const SpmmArguments& s, std::int64_t place) {
  const bool second = place % 2 == 1;
  const EdgeRange segment = edges_of_segment(s, place);
  const std::int64_t row = row_of_edge(s.a.offsets, s.a.num_rows, second ? segment.end - 1 : segment.begin);
  const EdgeRange edges = edges_of_row(s, row);
  const bool found = is_long(s, edges) && (!second || edges.begin > segment.begin);
  return found ? static_cast<NodeId>(row) : -1;
}

/// The part of a long row that lies in the segment of `place`.
WEFT_DEVICE EdgeRange piece_of_row(const SpmmArguments& s, std::int64_t row, std::int64_t place) {
  const EdgeRange edges = edges_of_row(s, row);
  const EdgeRange segment = edges_of_segment(s, place);
  return {max(edges.begin, segment.begin), min(edges.end, segment.end)};
}

/// Where this thread keeps the first of its columns of a place's sum; the others follow `lanes` apart, so
/// that a group's lanes are neighbours whatever their columns are.
template <class Columns>
WEFT_DEVICE float* partial_sum(const SpmmArguments& s, std::int64_t place) {
  const std::int64_t panel = std::int64_t{blockIdx.y} * s.lanes * Columns::kCount;
  return s.partials + place * s.partial_columns + panel + lane_in_group(s);
}

template <class Columns>
WEFT_DEVICE void store_partial(const SpmmArguments& s, std::int64_t place,
                               const float (&sum)[Columns::kCount]) {
  float* const to = partial_sum<Columns>(s, place);
  for (int i = 0; i < Columns::kCount; ++i) to[i * s.lanes] = sum[i];
}

/// Adds the pieces of a long row in order, from the one in `place` to that of its last edge.
template <class Columns>
WEFT_DEVICE void sum_pieces(const SpmmArguments& s, std::int64_t place, EdgeId row_end,
                            float (&sum)[Columns::kCount]) {
  const std::int64_t last = (row_end - 1) / s.segment_edges * 2;
  for (int i = 0; i < Columns::kCount; ++i) sum[i] = partial_sum<Columns>(s, place)[i * s.lanes];
  for (std::int64_t next = place / 2 * 2 + 2; next <= last; next += 2) {
    const float* const from = partial_sum<Columns>(s, next);
    for (int i = 0; i < Columns::kCount; ++i) sum[i] += from[i * s.lanes];
  }
}

}  // namespace weft::WEFT_DEVICE_NS
