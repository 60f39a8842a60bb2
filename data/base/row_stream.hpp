#pragma once
// Rows that are made or picked by several threads and handed on in their order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/base/ordered_pipeline.hpp"

namespace weft::data {

struct RowPiece {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::vector<std::byte> bytes;
};

/// Rows [0, rows) of `row_bytes` each: fill(first, count, out) writes some of them, by several threads at
/// once; `sink` gets them in order, in pieces that fit a core's cache. The pieces do not depend on `threads`.
/// What fill and sink throw is thrown here.
template <class Fill, class Sink>
void stream_rows(std::int64_t rows, std::size_t row_bytes, int threads, const Fill& fill, const Sink& sink) {
  constexpr std::size_t kPiece = std::size_t{1} << 19;  // bytes
  const auto most =
      static_cast<std::int64_t>(std::max<std::size_t>(1, kPiece / std::max<std::size_t>(1, row_bytes)));
  std::int64_t begun = 0;
  OrderedPipeline<RowPiece> pipeline;
  pipeline.produce = [&](RowPiece& piece) {
    if (begun == rows) return false;
    piece.first = begun;
    piece.count = std::min(most, rows - begun);
    begun += piece.count;
    return true;
  };
  pipeline.transform = [&](RowPiece& piece) {
    piece.bytes.resize(static_cast<std::size_t>(piece.count) * row_bytes);
    fill(piece.first, piece.count, piece.bytes.data());
  };
  pipeline.consume = [&](RowPiece& piece) {
    sink(piece.bytes.data(), piece.bytes.size());
    return true;
  };
  pipeline.run(threads);
}

}  // namespace weft::data
