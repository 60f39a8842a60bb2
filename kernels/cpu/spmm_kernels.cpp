// Sparse product by rows: a row's sums stay in registers while its edges are walked, so y is written once and
// every edge costs one read of a row of x. The order of a row's sum is the order of its edges, whatever the
// vector width or the number of threads. Bound: e * (4 * width + 4) bytes read from wherever x lies, 4 * n *
// width written. Rows of x come in an order the hardware cannot foresee, so those of later edges are
// prefetched. A row wider than the registers hold is summed block by block of its columns before the next row
// begins: what its edges bring is still near then.
#include "kernels/cpu/spmm_kernels.hpp"

#include "kernels/cpu/simd.hpp"

namespace weft::cpu::WEFT_ISA_NS {
namespace {

// Vectors of a row summed in one pass: as many as the registers hold beside a factor and a load.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kMaxVectors = 16;
#else
constexpr int kMaxVectors = 8;
#endif
constexpr std::int64_t kCacheLine = 16;  // floats
/// Edges ahead whose row of x is fetched.
constexpr std::int64_t kAhead = 8;

/// A block of columns of some rows of y.
struct Block {
  std::int64_t begin, end;  // rows
  std::int64_t col;
  std::int64_t cols;  // in this block
};

template <bool Scaled>
WEFT_INLINE float edge_factor(const SpmmArguments& s, std::int64_t edge, std::int64_t j) {
  if constexpr (!Scaled) return 1.0f;
  const float weight = s.weights == nullptr ? 1.0f : s.weights[edge];
  return s.col_scale == nullptr ? weight : weight * s.col_scale[j];
}

WEFT_INLINE void prefetch(const float* row, std::int64_t cols) {
  for (std::int64_t i = 0; i < cols; i += kCacheLine) __builtin_prefetch(row + i, 0, 3);
}

template <int Vectors>
WEFT_INLINE Floats load_part(const float* p, int v, int tail) {
  return v == Vectors - 1 && tail != 0 ? load_first(p + v * kLanes, tail) : load(p + v * kLanes);
}

/// The last vector holds `tail` columns, or all when Tail is false.
template <int Vectors, bool Scaled, bool Tail>
void sum_block(const SpmmArguments& s, const Block& block) {
  const int tail = Tail ? static_cast<int>(block.cols - (Vectors - 1) * kLanes) : 0;
  const float* x = s.x + block.col;
  std::int64_t e = s.offsets[block.begin];
  for (std::int64_t row = block.begin; row < block.end; ++row) {
    Floats sum[Vectors] = {};
    for (const std::int64_t end = s.offsets[row + 1]; e < end; ++e) {
      if (e + kAhead < s.num_edges) prefetch(x + s.cols[e + kAhead] * s.ldx, Vectors * kLanes);
      const std::int64_t j = s.cols[e];
      const float* from = x + j * s.ldx;
      const Floats factor = broadcast(edge_factor<Scaled>(s, e, j));
#pragma GCC unroll 16
      for (int v = 0; v < Vectors; ++v) {
        const Floats part = load_part<Vectors>(from, v, tail);
        sum[v] = Scaled ? fma(factor, part, sum[v]) : sum[v] + part;
      }
    }
    const Floats scale = broadcast(s.row_scale == nullptr ? 1.0f : s.row_scale[row]);
    float* to = s.y + row * s.ldy + block.col;
#pragma GCC unroll 16
    for (int v = 0; v < Vectors; ++v) {
      const Floats bias = s.bias == nullptr ? Floats{} : load_part<Vectors>(s.bias + block.col, v, tail);
      Floats value = fma(scale, sum[v], bias);
      if (s.adds) value += load_part<Vectors>(to, v, tail);
      if (v == Vectors - 1 && tail != 0) {
        store_first(to + v * kLanes, value, tail);
      } else if (s.streamed) {
        stream(to + v * kLanes, value);
      } else {
        store(to + v * kLanes, value);
      }
    }
  }
}

using BlockFunction = void (*)(const SpmmArguments&, const Block&);

/// Functions for 1 .. kMaxVectors vectors.
struct BlockFunctions {
  BlockFunction of[kMaxVectors + 1] = {};
};

template <int Vectors, bool Scaled, bool Tail>
constexpr void fill(BlockFunctions& f) {
  f.of[Vectors] = sum_block<Vectors, Scaled, Tail>;
  if constexpr (Vectors > 1) fill<Vectors - 1, Scaled, Tail>(f);
}

template <bool Scaled, bool Tail>
constexpr BlockFunctions block_functions() {
  BlockFunctions f;
  fill<kMaxVectors, Scaled, Tail>(f);
  return f;
}

constexpr BlockFunctions kFunctions[2][2] = {
    {block_functions<false, false>(), block_functions<false, true>()},
    {block_functions<true, false>(), block_functions<true, true>()}};

void rows(const SpmmArguments& s, std::int64_t begin, std::int64_t end) {
  const bool scaled = s.weights != nullptr || s.col_scale != nullptr;
  constexpr std::int64_t kMaxCols = kMaxVectors * kLanes;
  const std::int64_t last = (s.width - 1) / kMaxCols * kMaxCols;  // where the last block of columns begins
  const std::int64_t left = s.width - last;
  const BlockFunction* const functions = kFunctions[scaled][0].of;
  const BlockFunction rest = kFunctions[scaled][left % kLanes != 0].of[(left + kLanes - 1) / kLanes];
  // Rows that the registers hold whole are one call.
  const std::int64_t step = last == 0 ? end - begin : 1;
  for (std::int64_t row = begin; row < end; row += step) {
    for (std::int64_t col = 0; col < last; col += kMaxCols) {
      functions[kMaxVectors](s, {row, row + 1, col, kMaxCols});
    }
    rest(s, {row, row + step, last, left});
  }
  if (s.streamed) finish_streams();
}

}  // namespace

const SpmmKernels spmm_kernels = {rows};

}  // namespace weft::cpu::WEFT_ISA_NS
