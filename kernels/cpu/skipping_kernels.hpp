#pragma once
// Loops of dense products whose left factor is mostly exact zeros, as activations are behind a ReLU and a
// dropout.
#include <cstdint>

#include "kernels/cpu/declare_kernels.hpp"

namespace weft::cpu {

/// Rows of the left factor that are worked on together; their non-zeros are bits of one word.
constexpr std::int64_t kSkippingRows = 64;

struct SkippingKernels {
  int panel_cols;  // columns of c that are summed in registers at a time

  /// Floats of a packed [k, h] right side, and of the `work` that rows and transposed take for a left side of
  /// k columns.
  std::int64_t (*packed_size)(std::int64_t k, std::int64_t h);
  std::int64_t (*work_size)(std::int64_t k);

  /// Columns [begin, end) of b [k, h], begin a multiple of panel_cols, for `rows`.
  void (*pack)(const float* b, std::int64_t ldb, std::int64_t k, std::int64_t begin, std::int64_t end,
               float* packed);

  /// c [count, h] = a [count, k] packed + bias (null: none), count <= kSkippingRows. Each element is the
  /// chain of fused multiply-adds over k that a dense product computes, without the terms whose factor of a
  /// is 0. `streamed`: c is written past the caches.
  void (*rows)(const float* a, std::int64_t lda, const float* packed, std::int64_t count, std::int64_t k,
               std::int64_t h, const float* bias, float* c, std::int64_t ldc, bool streamed, float* work);

  /// part [k, h] (dense) += a^T b over `count` rows (= where `first`), count <= kSkippingRows; again without
  /// the terms whose factor of a is 0.
  void (*transposed)(const float* a, std::int64_t lda, const float* b, std::int64_t ldb, std::int64_t count,
                     std::int64_t k, std::int64_t h, bool first, float* work, float* part);
};

}  // namespace weft::cpu

WEFT_DECLARE_KERNELS(SkippingKernels, skipping_kernels)
