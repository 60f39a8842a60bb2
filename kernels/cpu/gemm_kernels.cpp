// Dense products, written here and not taken from a library: their sums must not depend on the vector width
// or the number of threads, and a header library compiled for three instruction sets in one program breaks
// the one-definition rule. Every output element is one chain of fused multiply-adds in the order of k;
// vectors and threads only decide which elements are worked on together.
//
// A tile of kTileRows x kPanel elements of c stays in registers: one step of k loads two vectors of the
// packed right side and kTileRows single values of a for 2 * kTileRows multiply-adds, so the multiply-adds
// are the limit. Bound: 2 * n * k * h operations at the machine's peak; `weft-bench gemm` prints the share
// reached.
#include "kernels/cpu/gemm_kernels.hpp"

#include "kernels/cpu/simd.hpp"

namespace weft::cpu::WEFT_ISA_NS {
namespace {

constexpr int kVectors = 2;  // of a panel's row
constexpr int kPanel = kVectors * kLanes;
// As many rows as leave registers for the right side, and general ones for a pointer to each row.
#if defined(__AVX512F__)
constexpr int kTileRows = 12;
#elif defined(__aarch64__)
constexpr int kTileRows = 8;
#elif defined(__AVX2__)
constexpr int kTileRows = 6;
#else
constexpr int kTileRows = 4;
#endif
/// Rows of a and b that multiply_transposed packs at a time: a panel of them stays in the first-level cache,
/// all panels and tiles in the second.
constexpr std::int64_t kDepth = 128;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

/// tile[r][v] += a[r, :] * panel[:, v] over k steps; element (r, s) of a is a[r * row_stride + s *
/// step_stride].
template <int Rows, int Vectors>
WEFT_INLINE void accumulate(const float* a, std::int64_t row_stride, std::int64_t step_stride,
                            const float* panel, std::int64_t k, Floats (&tile)[Rows][Vectors]) {
  for (std::int64_t s = 0; s < k; ++s) {
    Floats right[Vectors];
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) right[v] = load(panel + s * kPanel + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const Floats left = broadcast(a[r * row_stride + s * step_stride]);
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) tile[r][v] = fma(left, right[v], tile[r][v]);
    }
  }
}

/// The first `cols` elements of a row of Vectors vectors, the others 0; any `cols` >= 1.
template <int Vectors>
WEFT_INLINE void load_row(const float* p, std::int64_t cols, Floats (&row)[Vectors]) {
#pragma GCC unroll 2
  for (int v = 0; v < Vectors; ++v) {
    const std::int64_t left = cols - v * kLanes;
    row[v] = left >= kLanes ? load(p + v * kLanes)
                            : load_first(p + v * kLanes, left > 0 ? static_cast<int>(left) : 0);
  }
}

template <int Vectors>
WEFT_INLINE void stream_row(float* p, const Floats (&row)[Vectors]) {
#pragma GCC unroll 2
  for (int v = 0; v < Vectors; ++v) stream(p + v * kLanes, row[v]);
}

template <int Vectors>
WEFT_INLINE void store_row(float* p, std::int64_t cols, const Floats (&row)[Vectors]) {
#pragma GCC unroll 2
  for (int v = 0; v < Vectors; ++v) {
    const std::int64_t left = cols - v * kLanes;
    if (left >= kLanes) {
      store(p + v * kLanes, row[v]);
    } else {
      store_first(p + v * kLanes, row[v], static_cast<int>(left));
    }
  }
}

struct Product {
  const float* a;
  std::int64_t lda;
  const float* panel;
  std::int64_t k;
  const float* bias;  // of this panel's first column, or null
  bool adds;          // to c
  float* c;
  std::int64_t ldc;
  std::int64_t cols;  // of c in this panel
  bool streamed;
};

template <int Rows, int Vectors>
void multiply_tile(const Product& p) {
  Floats tile[Rows][Vectors] = {};
  accumulate<Rows, Vectors>(p.a, p.lda, 1, p.panel, p.k, tile);
  if (p.bias != nullptr) {
    Floats bias[Vectors];
    load_row<Vectors>(p.bias, p.cols, bias);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) tile[r][v] += bias[v];
    }
  }
  if (p.adds) {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      Floats before[Vectors];
      load_row<Vectors>(p.c + r * p.ldc, p.cols, before);
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) tile[r][v] += before[v];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    if (p.streamed) {
      stream_row<Vectors>(p.c + r * p.ldc, tile[r]);
    } else {
      store_row<Vectors>(p.c + r * p.ldc, p.cols, tile[r]);
    }
  }
}

/// part [Rows, cols] += a^T b over `steps` rows; both are packed.
struct TransposedProduct {
  const float* tile;
  const float* panel;
  std::int64_t steps;
  float* part;
  std::int64_t ld;
  std::int64_t cols;
  bool first;  // start from 0 instead of from part
};

template <int Rows, int Vectors>
void multiply_transposed_tile(const TransposedProduct& p) {
  Floats tile[Rows][Vectors] = {};
  if (!p.first) {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) load_row<Vectors>(p.part + r * p.ld, p.cols, tile[r]);
  }
  accumulate<Rows, Vectors>(p.tile, 1, kTileRows, p.panel, p.steps, tile);
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) store_row<Vectors>(p.part + r * p.ld, p.cols, tile[r]);
}

/// The two tile functions for 0 .. kTileRows rows and 1 or 2 vectors.
template <class Argument>
using TileFunction = void (*)(const Argument&);

template <class Argument>
struct TileFunctions {
  TileFunction<Argument> of[kTileRows + 1][kVectors + 1] = {};

  void run(std::int64_t rows, const Argument& p) const { of[rows][ceil_div(p.cols, kLanes)](p); }
};

template <int Rows>
constexpr void fill(TileFunctions<Product>& f) {
  f.of[Rows][1] = multiply_tile<Rows, 1>;
  f.of[Rows][2] = multiply_tile<Rows, 2>;
  if constexpr (Rows > 1) fill<Rows - 1>(f);
}

template <int Rows>
constexpr void fill(TileFunctions<TransposedProduct>& f) {
  f.of[Rows][1] = multiply_transposed_tile<Rows, 1>;
  f.of[Rows][2] = multiply_transposed_tile<Rows, 2>;
  if constexpr (Rows > 1) fill<Rows - 1>(f);
}

template <class Argument>
constexpr TileFunctions<Argument> tile_functions() {
  TileFunctions<Argument> f;
  fill<kTileRows>(f);
  return f;
}

constexpr TileFunctions<Product> kProductTiles = tile_functions<Product>();
constexpr TileFunctions<TransposedProduct> kTransposedTiles = tile_functions<TransposedProduct>();

void pack(const float* b, std::int64_t row_stride, std::int64_t col_stride, std::int64_t k,
          std::int64_t begin, std::int64_t end, float* packed) {
  for (std::int64_t col = begin; col < end; col += kPanel) {
    float* panel = packed + col * k;
    const std::int64_t cols = smaller(kPanel, end - col);
    for (std::int64_t i = 0; i < k; ++i) {
      const float* from = b + i * row_stride + col * col_stride;
      for (std::int64_t j = 0; j < kPanel; ++j)
        panel[i * kPanel + j] = j < cols ? from[j * col_stride] : 0.0f;
    }
  }
}

/// Fetches part `part` of `parts` of the cache lines of a [rows, k]: a tile's rows lie in a few pages each,
/// where the hardware does not foresee the next tile's.
void prefetch_part(const float* a, std::int64_t lda, std::int64_t rows, std::int64_t k, std::int64_t part,
                   std::int64_t parts) {
  constexpr std::int64_t kLine = 16;
  const std::int64_t lines = ceil_div(k, kLine), all = rows * lines;
  for (std::int64_t i = all * part / parts; i < all * (part + 1) / parts; ++i)
    __builtin_prefetch(a + i / lines * lda + i % lines * kLine, 0, 2);
}

void multiply_rows(const float* a, std::int64_t lda, const float* packed, std::int64_t rows, std::int64_t k,
                   std::int64_t h, const float* bias, bool adds, float* c, std::int64_t ldc, bool streamed) {
  const std::int64_t panels = ceil_div(h, kPanel);
  for (std::int64_t row = 0; row < rows; row += kTileRows) {
    const std::int64_t tile_rows = smaller(kTileRows, rows - row);
    const std::int64_t next_rows = smaller(kTileRows, rows - row - tile_rows);
    for (std::int64_t panel = 0; panel < panels; ++panel) {
      const std::int64_t col = panel * kPanel;
      prefetch_part(a + (row + tile_rows) * lda, lda, next_rows, k, panel, panels);
      kProductTiles.run(
          tile_rows, {a + row * lda, lda, packed + col * k, k, bias == nullptr ? nullptr : bias + col, adds,
                      c + row * ldc + col, ldc, smaller(kPanel, h - col), streamed});
    }
  }
  if (streamed) finish_streams();
}

/// Rows of b in panels, row after row; columns past the last are 0.
void pack_depth(const float* b, std::int64_t ld, std::int64_t steps, std::int64_t cols, float* packed) {
  for (std::int64_t s = 0; s < steps; ++s) {
    for (std::int64_t col = 0; col < cols; col += kPanel) {
      Floats row[kVectors];
      load_row<kVectors>(b + s * ld + col, smaller(kPanel, cols - col), row);
      for (int v = 0; v < kVectors; ++v) store(packed + col * steps + s * kPanel + v * kLanes, row[v]);
    }
  }
}

/// The steps' columns in tiles, row after row as memory has them: where they lie, a tile's steps would
/// compete for the same few places of the cache.
void pack_tiles(const float* a, std::int64_t ld, std::int64_t steps, std::int64_t cols, float* packed) {
  for (std::int64_t s = 0; s < steps; ++s) {
    for (std::int64_t col = 0; col < cols; col += kTileRows) {
      const auto used = static_cast<int>(smaller(kTileRows, cols - col));
      const float* from = a + s * ld + col;
      float* tile = packed + col * steps + s * kTileRows;
      for (int i = 0; i < used; i += kLanes)
        store_first(tile + i, load_first(from + i, used - i < kLanes ? used - i : kLanes),
                    used - i < kLanes ? used - i : kLanes);
    }
  }
}

std::int64_t tiles_work(std::int64_t c) { return kDepth * ceil_div(c, kTileRows) * kTileRows + 2 * kLanes; }

std::int64_t transposed_work(std::int64_t c, std::int64_t h) {
  return tiles_work(c) + kDepth * ceil_div(h, kPanel) * kPanel;
}

void multiply_transposed(const float* a, std::int64_t lda, const float* b, std::int64_t ldb,
                         std::int64_t rows, std::int64_t c, std::int64_t h, float* work, float* part) {
  for (std::int64_t row = 0; row < rows; row += kDepth) {
    const std::int64_t steps = smaller(kDepth, rows - row);
    float* const tiles = work + kDepth * ceil_div(h, kPanel) * kPanel;
    pack_depth(b + row * ldb, ldb, steps, h, work);
    pack_tiles(a + row * lda, lda, steps, c, tiles);
    for (std::int64_t col = 0; col < h; col += kPanel) {
      for (std::int64_t i = 0; i < c; i += kTileRows) {
        const TransposedProduct product{
            tiles + i * steps, work + col * steps, steps, part + i * h + col, h, smaller(kPanel, h - col),
            row == 0};
        kTransposedTiles.run(smaller(kTileRows, c - i), product);
      }
    }
  }
}

void add_parts(const float* parts, std::int64_t stride, int count, std::int64_t size, float* out) {
  for (std::int64_t i = 0; i < size; ++i) {
    float sum = parts[i];
    for (int p = 1; p < count; ++p) sum += parts[p * stride + i];
    out[i] += sum;
  }
}

}  // namespace

const GemmKernels gemm_kernels = {kPanel,          pack,     multiply_rows, multiply_transposed,
                                  transposed_work, add_parts};

}  // namespace weft::cpu::WEFT_ISA_NS
