#pragma once
// Loops of the dense products.
#include <cstdint>

#include "kernels/cpu/declare_kernels.hpp"

namespace weft::cpu {

/// A right-hand side [k, h] is packed once into panels: `panel_cols` columns side by side, row after row, the
/// last panel filled up with zeros. Then every product is rows of a times panels.
struct GemmKernels {
  int panel_cols;  // columns of a panel

  /// Columns [begin, end) of b, begin a multiple of panel_cols: packed[panel][k][panel_cols]. Element (i, j)
  /// is b[i * row_stride + j * col_stride], so that a transposed matrix packs too.
  void (*pack)(const float* b, std::int64_t row_stride, std::int64_t col_stride, std::int64_t k,
               std::int64_t begin, std::int64_t end, float* packed);

  /// c [rows, h] = a [rows, k] packed + bias (null: none). Each element is one chain of fused multiply-adds
  /// over k, from 0, then the bias, then c itself where the product `adds`. `streamed`: c is written past the
  /// caches.
  void (*multiply_rows)(const float* a, std::int64_t lda, const float* packed, std::int64_t rows,
                        std::int64_t k, std::int64_t h, const float* bias, bool adds, float* c,
                        std::int64_t ldc, bool streamed);

  /// part [c, h] (dense) = a^T b over `rows` rows, each element one chain over the rows in order. `work` is
  /// transposed_work(c, h) floats.
  void (*multiply_transposed)(const float* a, std::int64_t lda, const float* b, std::int64_t ldb,
                              std::int64_t rows, std::int64_t c, std::int64_t h, float* work, float* part);
  std::int64_t (*transposed_work)(std::int64_t c, std::int64_t h);

  /// out[i] += parts[0][i] + parts[1][i] + ..., added in that order, for i in [0, size); parts lie `stride`
  /// apart.
  void (*add_parts)(const float* parts, std::int64_t stride, int count, std::int64_t size, float* out);
};

}  // namespace weft::cpu

WEFT_DECLARE_KERNELS(GemmKernels, gemm_kernels)
