#pragma once
// A small matrix of a raw file, in memory.
#include <cstdint>
#include <string>
#include <vector>

namespace weft::data {

/// Stored as int64 where the file holds whole numbers only; else as float32, or float64 where a whole number
/// needs that.
struct Column {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::int64_t> integers;  // one of the two is filled
  std::vector<double> reals;

  bool is_integer() const { return reals.empty(); }
};

}  // namespace weft::data
