#pragma once
// How a matrix lies in memory: its type, and the distance of its rows. Kernels take other ways where rows are
// aligned, so that each way has to be asked for.
#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "kernels/backend.hpp"

namespace weft::testing {

enum class Layout {
  kTight,    // rows follow each other
  kAligned,  // rows begin at multiples of 16 bytes or more, a gap behind each
  kOdd,      // rows begin anywhere, a gap behind each
};

struct Storage {
  Layout layout = Layout::kOdd;
  DType dtype = DType::kF32;

  std::int64_t ld(std::int64_t cols) const {
    if (layout == Layout::kTight) return cols;
    return layout == Layout::kAligned ? (cols / 8 + 1) * 8 : (cols + 3) | 1;
  }
};

inline std::string name_of(const Storage& storage) {
  constexpr const char* kLayouts[] = {"tight", "aligned", "odd"};
  return std::string(kLayouts[static_cast<int>(storage.layout)]) + " " + dtype_name(storage.dtype);
}

/// Every way a matrix may lie in the memory of `backend`.
inline std::vector<Storage> storages(const Backend& backend) {
  std::vector<Storage> all;
  for (const Layout layout : {Layout::kTight, Layout::kAligned, Layout::kOdd}) {
    all.push_back({layout, DType::kF32});
    if (backend.stores_bf16()) all.push_back({layout, DType::kBf16});
  }
  return all;
}

/// The types that a matrix may have in the memory of `backend`.
inline std::vector<DType> dtypes(const Backend& backend) {
  if (backend.stores_bf16()) return {DType::kF32, DType::kBf16};
  return {DType::kF32};
}

/// What is left of `values` once they are stored as `dtype`.
inline std::vector<float> stored(std::vector<float> values, DType dtype) {
  if (dtype == DType::kBf16) {
    for (float& v : values) v = to_float(to_bf16(v));
  }
  return values;
}

}  // namespace weft::testing
