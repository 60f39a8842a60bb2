// y += A^T x without A^T: each entry (i, j) adds its multiple of row i of x, which stays in registers, to row
// j of y, which stays in a cache near by, because y is as small as a weight. Gathering over A^T would read
// rows of x at random instead, and the entries' values too. An element of y is one chain of fused
// multiply-adds in the order of the rows. Bound: a load and a store of y's row for each entry.
#include "kernels/cpu/spmm_tn_kernels.hpp"
#include "kernels/cpu/simd.hpp"

namespace weft::cpu::WEFT_ISA_NS {
namespace {

constexpr int kMaxVectors = 4;  // of a row of x held at a time

/// The columns from `col` on that Vectors vectors cover; the last one has `tail` of them, or all if 0.
template <int Vectors>
void add_columns(const SpmmTnArguments& a, std::int64_t begin, std::int64_t end, std::int64_t col, int tail,
                 float* y, std::int64_t ldy) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* from = a.x + row * a.ldx + col;
    Floats x[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      x[v] = v == Vectors - 1 && tail != 0 ? load_first(from + v * kLanes, tail) : load(from + v * kLanes);
    }
    for (std::int64_t e = a.offsets[row]; e < a.offsets[row + 1]; ++e) {
      const Floats weight = broadcast(a.weights == nullptr ? 1.0f : a.weights[e]);
      float* to = y + a.cols[e] * ldy + col;
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v, to += kLanes) {
        if (v == Vectors - 1 && tail != 0) {
          store_first(to, fma(weight, x[v], load_first(to, tail)), tail);
        } else {
          store(to, fma(weight, x[v], load(to)));
        }
      }
    }
  }
}

constexpr decltype(&add_columns<1>) kFunctions[kMaxVectors] = {add_columns<1>, add_columns<2>, add_columns<3>,
                                                               add_columns<4>};

void add_rows(const SpmmTnArguments& a, std::int64_t begin, std::int64_t end, float* y, std::int64_t ldy) {
  constexpr std::int64_t kMaxCols = kMaxVectors * kLanes;
  for (std::int64_t col = 0; col < a.width; col += kMaxCols) {
    const std::int64_t left = a.width - col;
    const std::int64_t cols = left < kMaxCols ? left : kMaxCols;
    kFunctions[(cols - 1) / kLanes](a, begin, end, col, static_cast<int>(cols % kLanes), y, ldy);
  }
}

}  // namespace

const SpmmTnKernels spmm_tn_kernels = {add_rows};

}  // namespace weft::cpu::WEFT_ISA_NS
