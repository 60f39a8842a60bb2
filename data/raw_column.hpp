#pragma once
// A small matrix of a raw file, in memory.
#include <cstdint>
#include <string>
#include <vector>

namespace weft::data {

/// int64 where the file holds whole numbers only, else float32.
struct Column {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::int64_t> integers;  // one of the two is filled
  std::vector<float> reals;

  bool is_integer() const { return reals.empty(); }
};

}  // namespace weft::data
