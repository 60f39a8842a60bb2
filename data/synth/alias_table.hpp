#pragma once
// Drawing from a fixed discrete distribution in constant time.
// Source: Walker, "An Efficient Method for Generating Discrete Random Variables with General Distributions",
// ACM TOMS 3, 1977; built as in Vose, "A Linear Algorithm for Generating Random Numbers with a Given
// Distribution", IEEE TSE 17, 1991. Whole numbers only, so that a table is the same on every machine.
#include <cstdint>
#include <vector>

#include "kernels/base/types.hpp"
#include "kernels/base/view.hpp"

namespace weft::data {

class AliasTable {
 public:
  /// Index i comes with probability weights[i] / their sum, to within 2^-32; all alike where the sum is 0.
  /// At least one weight.
  explicit AliasTable(Vec<const std::uint32_t> weights);

  /// Of two random words.
  NodeId operator()(std::uint32_t column, std::uint32_t coin) const {
    const Cell& cell = cells_[static_cast<std::size_t>((std::uint64_t{column} * cells_.size()) >> 32)];
    return coin < cell.threshold ? static_cast<NodeId>(&cell - cells_.data()) : cell.alias;
  }

 private:
  struct Cell {
    std::uint32_t threshold;
    NodeId alias;
  };
  std::vector<Cell> cells_;
};

}  // namespace weft::data
