#pragma once
// Non-owning views of memory: small, trivially copyable, passed by value. They never check and never free.
#include "kernels/base/bf16.hpp"
#include "kernels/base/types.hpp"

namespace weft {

/// `size` values in a row. Empty (no data) means "not given" where an argument is optional.
template <class T>
struct Vec {
  T* data = nullptr;
  std::int64_t size = 0;

  WEFT_HOST_DEVICE T& operator[](std::int64_t i) const { return data[i]; }
  WEFT_HOST_DEVICE bool empty() const { return size == 0; }
  WEFT_HOST_DEVICE T* begin() const { return data; }
  WEFT_HOST_DEVICE T* end() const { return data + size; }
  WEFT_HOST_DEVICE operator Vec<const T>() const { return {data, size}; }
};

/// A row-major matrix to read: row r starts at element r * ld. The value type is a field, not a template
/// axis, so that bf16 storage is a case inside an op and not another op.
struct ConstMat {
  const void* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t ld = 0;
  DType dtype = DType::kF32;

  WEFT_HOST_DEVICE const float* f32() const { return static_cast<const float*>(data); }
  WEFT_HOST_DEVICE const float* row(std::int64_t r) const { return f32() + r * ld; }
};

/// A row-major matrix to write.
struct Mat {
  void* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t ld = 0;
  DType dtype = DType::kF32;

  WEFT_HOST_DEVICE float* f32() const { return static_cast<float*>(data); }
  WEFT_HOST_DEVICE float* row(std::int64_t r) const { return f32() + r * ld; }
  WEFT_HOST_DEVICE operator ConstMat() const { return {data, rows, cols, ld, dtype}; }
};

/// A rectangular sparse matrix in CSR: row = target node, column = source node. Bipartite relations, row
/// subsets and sampled blocks are the same type. `weights` and `edge_ids` (position of the edge in the
/// dataset's own edge list) may be absent.
struct CsrView {
  NodeId num_rows = 0;
  NodeId num_cols = 0;
  EdgeId num_edges = 0;
  const EdgeId* offsets = nullptr;   // [num_rows + 1]
  const NodeId* cols = nullptr;      // [num_edges], ascending within a row
  const float* weights = nullptr;    // [num_edges] or null: every weight is 1
  const EdgeId* edge_ids = nullptr;  // [num_edges] or null
  EdgeId longest_row = 0;            // edges of the longest row, or an upper bound; 0: not known
};

}  // namespace weft
