#include "data/raw/raw_dataset.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace weft::data {

std::uint64_t ArraySource::bytes() const {
  return static_cast<std::uint64_t>(Array{dtype, shape, nullptr}.bytes());
}

ArraySource in_memory(Column column) {
  std::vector<std::int64_t> shape{column.rows, column.columns};
  if (column.is_integer()) {
    return in_memory<std::int64_t>(std::move(column.name), std::move(shape), std::move(column.integers));
  }
  const auto too_long = [](double value) {
    return value == std::floor(value) && static_cast<float>(value) != value;
  };
  if (std::any_of(column.reals.begin(), column.reals.end(), too_long))
    return in_memory<double>(std::move(column.name), std::move(shape), std::move(column.reals));
  const std::vector<float> narrow(column.reals.begin(), column.reals.end());
  return in_memory<float>(std::move(column.name), std::move(shape), narrow);
}

EdgeSource in_memory(EdgeEnds ends) {
  const auto held = std::make_shared<const EdgeEnds>(std::move(ends));
  const EdgeId count = held->sources().size;
  return {count,
          [held, count](const EdgeSink& sink) { sink(held->source.data(), held->target.data(), count); },
          held};
}

EdgeEnds read_edges(const EdgeSource& edges) {
  EdgeEnds ends;
  ends.source.reserve(static_cast<std::size_t>(edges.count));
  ends.target.reserve(static_cast<std::size_t>(edges.count));
  edges.stream([&](const NodeId* from, const NodeId* to, std::int64_t count) {
    ends.source.insert(ends.source.end(), from, from + count);
    ends.target.insert(ends.target.end(), to, to + count);
  });
  return ends;
}

ArraySource from_file(std::string name, FileArray array, Codec codec) {
  constexpr std::int64_t kPiece = 1 << 16;  // values
  return {std::move(name), array.dtype, array.shape, codec, [array](const ByteSink& sink) {
            const std::size_t width = dtype_bytes(array.dtype);
            std::vector<std::byte> piece(static_cast<std::size_t>(kPiece) * width);
            const auto cursor = array.open(0);
            while (const std::int64_t got = cursor->read(piece.data(), kPiece))
              sink(piece.data(), static_cast<std::size_t>(got) * width);
          }};
}

}  // namespace weft::data
