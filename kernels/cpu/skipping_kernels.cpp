// Products that leave out the terms of exact zeros. A row's non-zeros are bits of a word, and a loop over its
// set bits adds v * b[k, :] to as many columns as the registers hold: 8 chains of multiply-adds, enough to
// hide their latency. So that b comes from the first-level cache, 64 of its rows by those 8 vectors (32 KB
// with AVX-512) serve 64 rows of a before the next ones come in.
//
// Leaving out a term changes no bit: fma(0, b, c) is c for every finite b. (A sum that underflowed to -0
// stays -0 here.) Bound at a density d: d * 2 n k h operations at about two thirds of the machine's peak, a
// load for each, and reading a and writing c once.
#include "kernels/cpu/skipping_kernels.hpp"

#include "kernels/cpu/simd.hpp"

namespace weft::cpu::WEFT_ISA_NS {
namespace {

constexpr int kMaxVectors = 8;
constexpr std::int64_t kPanel = kMaxVectors * kLanes;
constexpr std::int64_t kDepth = 64;  // rows of b at a time: as many as a word has bits

typedef std::uint32_t Bits __attribute__((vector_size(kLanes * sizeof(std::uint32_t)), may_alias));
typedef std::uint64_t Word;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

std::int64_t vectors_of(std::int64_t cols) { return ceil_div(cols, kLanes); }

/// Bit i of the result: lane i is not zero. NaN is not.
WEFT_INLINE Word nonzero_lanes(Floats v) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask(v, Floats{}, _CMP_NEQ_UQ);
#elif defined(__AVX2__)
  return static_cast<Word>(_mm256_movemask_ps(_mm256_cmp_ps(v, Floats{}, _CMP_NEQ_UQ)));
#else
  Word bits = 0;
  for (int lane = 0; lane < kLanes; ++lane) bits |= static_cast<Word>(v[lane] != 0.0f) << lane;
  return bits;
#endif
}

/// Which of the `count` <= 64 values at p are not zero.
Word nonzero_bits(const float* p, std::int64_t count) {
  Word bits = 0;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) bits |= nonzero_lanes(load(p + i)) << i;
  if (i < count) bits |= nonzero_lanes(load_first(p + i, static_cast<int>(count - i))) << i;
  return bits;
}

/// sum[v] += a[s * stride] * b[s, v] for every bit s of `bits`, in order.
template <int Vectors>
WEFT_INLINE void add_terms(Word bits, const float* a, std::int64_t stride, const float* b,
                           Floats (&sum)[Vectors]) {
  for (; bits != 0; bits &= bits - 1) {
    const std::int64_t s = __builtin_ctzll(bits);
    const Floats left = broadcast(a[s * stride]);
    const float* right = b + s * (Vectors * kLanes);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) sum[v] = fma(left, load(right + v * kLanes), sum[v]);
  }
}

template <int Vectors>
WEFT_INLINE void load_sums(const float* p, Floats (&sum)[Vectors]) {
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) sum[v] = load(p + v * kLanes);
}

/// `tail` columns are in the last vector.
template <int Vectors>
WEFT_INLINE void store_sums(float* p, int tail, const Floats (&sum)[Vectors]) {
#pragma GCC unroll 8
  for (int v = 0; v < Vectors - 1; ++v) store(p + v * kLanes, sum[v]);
  store_first(p + (Vectors - 1) * kLanes, sum[Vectors - 1], tail);
}

int tail_of(std::int64_t cols) { return static_cast<int>(cols - (vectors_of(cols) - 1) * kLanes); }

/// A panel of c: count x cols sums, on their way in `sums` and in the end in c.
struct Panel {
  const float* a;
  std::int64_t lda;
  const Word* bits;  // [count][words]
  const float* b;    // packed
  std::int64_t count, k;
  const float* bias;  // of the panel's first column, or null
  float* c;
  std::int64_t ldc;
  std::int64_t cols;
  bool streamed;
  float* sums;  // [count][Vectors * kLanes]
};

template <int Vectors>
WEFT_INLINE void write_row(const Panel& p, std::int64_t row, const Floats (&sum)[Vectors]) {
  Floats out[Vectors];
  const int tail = tail_of(p.cols);
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    const int lanes = v == Vectors - 1 ? tail : kLanes;
    out[v] = p.bias == nullptr ? sum[v] : sum[v] + load_first(p.bias + v * kLanes, lanes);
  }
  float* to = p.c + row * p.ldc;
  if (!p.streamed) return store_sums<Vectors>(to, tail, out);
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) stream(to + v * kLanes, out[v]);
}

template <int Vectors>
void multiply_panel(const Panel& p) {
  const std::int64_t words = ceil_div(p.k, kDepth), width = Vectors * kLanes;
  for (std::int64_t word = 0; word < words || word == 0; ++word) {
    const float* b = p.b + word * kDepth * width;
    for (std::int64_t row = 0; row < p.count; ++row) {
      Floats sum[Vectors] = {};
      if (word > 0) load_sums<Vectors>(p.sums + row * width, sum);
      if (words > 0) {
        add_terms<Vectors>(p.bits[row * words + word], p.a + row * p.lda + word * kDepth, 1, b, sum);
      }
      if (word + 1 < words) {
        store_sums<Vectors>(p.sums + row * width, kLanes, sum);
      } else {
        write_row<Vectors>(p, row, sum);
      }
    }
  }
}

/// part [k, cols] += over the rows of a panel of b.
struct TransposedPanel {
  const float* a;
  std::int64_t lda;
  const Word* bits;  // [k], a bit for each row
  const float* b;    // [rows][Vectors * kLanes]
  std::int64_t k;
  bool first;
  float* part;
  std::int64_t ld;
  std::int64_t cols;
};

template <int Vectors>
void multiply_transposed_panel(const TransposedPanel& p) {
  const int tail = tail_of(p.cols);
  for (std::int64_t j = 0; j < p.k; ++j) {
    if (p.bits[j] == 0 && !p.first) continue;
    float* part = p.part + j * p.ld;
    Floats sum[Vectors] = {};
    if (!p.first) {
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v)
        sum[v] = load_first(part + v * kLanes, v == Vectors - 1 ? tail : kLanes);
    }
    add_terms<Vectors>(p.bits[j], p.a + j, p.lda, p.b, sum);
    store_sums<Vectors>(part, tail, sum);
  }
}

template <class Argument>
struct PanelFunctions {
  void (*of[kMaxVectors + 1])(const Argument&) = {};
};

template <int Vectors>
constexpr void fill(PanelFunctions<Panel>& f) {
  f.of[Vectors] = multiply_panel<Vectors>;
  if constexpr (Vectors > 1) fill<Vectors - 1>(f);
}

template <int Vectors>
constexpr void fill(PanelFunctions<TransposedPanel>& f) {
  f.of[Vectors] = multiply_transposed_panel<Vectors>;
  if constexpr (Vectors > 1) fill<Vectors - 1>(f);
}

template <class Argument>
constexpr PanelFunctions<Argument> panel_functions() {
  PanelFunctions<Argument> f;
  fill<kMaxVectors>(f);
  return f;
}

constexpr PanelFunctions<Panel> kPanels = panel_functions<Panel>();
constexpr PanelFunctions<TransposedPanel> kTransposedPanels = panel_functions<TransposedPanel>();

std::int64_t packed_size(std::int64_t k, std::int64_t h) { return k * vectors_of(h) * kLanes; }

/// The sums or the packed panel of b, and behind them the bits.
std::int64_t work_size(std::int64_t k) {
  const std::int64_t words = kSkippingRows * ceil_div(k, kDepth);
  return kSkippingRows * kPanel + 2 * (words > k ? words : k);
}

Word* bits_in(float* work) { return reinterpret_cast<Word*>(work + kSkippingRows * kPanel); }

/// Columns [0, cols) of `rows` rows of b side by side, filled up with zeros to whole vectors.
void pack_panel(const float* b, std::int64_t ldb, std::int64_t rows, std::int64_t cols, float* packed) {
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < cols; j += kLanes, packed += kLanes) {
      const std::int64_t left = smaller(cols - j, kLanes);
      store(packed, load_first(b + i * ldb + j, static_cast<int>(left)));
    }
  }
}

void pack(const float* b, std::int64_t ldb, std::int64_t k, std::int64_t begin, std::int64_t end,
          float* packed) {
  for (std::int64_t col = begin; col < end; col += kPanel)
    pack_panel(b + col, ldb, k, smaller(kPanel, end - col), packed + col * k);
}

void rows(const float* a, std::int64_t lda, const float* packed, std::int64_t count, std::int64_t k,
          std::int64_t h, const float* bias, float* c, std::int64_t ldc, bool streamed, float* work) {
  Word* const bits = bits_in(work);
  const std::int64_t words = ceil_div(k, kDepth);
  for (std::int64_t row = 0; row < count; ++row) {
    for (std::int64_t word = 0; word < words; ++word) {
      bits[row * words + word] =
          nonzero_bits(a + row * lda + word * kDepth, smaller(kDepth, k - word * kDepth));
    }
  }
  for (std::int64_t col = 0; col < h; col += kPanel) {
    const std::int64_t cols = smaller(kPanel, h - col);
    kPanels.of[vectors_of(cols)]({a, lda, bits, packed + col * k, count, k,
                                  bias == nullptr ? nullptr : bias + col, c + col, ldc, cols, streamed,
                                  work});
  }
  if (streamed) finish_streams();
}

/// bits[j]: the rows in which column j of a is not zero. A column's bits gather in a lane, 32 rows at a time.
void column_bits(const float* a, std::int64_t lda, std::int64_t count, std::int64_t k, Word* bits) {
  for (std::int64_t j = 0; j < k; j += kLanes) {
    const auto lanes = static_cast<int>(smaller(kLanes, k - j));
    Bits half[2] = {};
    for (std::int64_t row = 0; row < count; ++row) {
      const Floats v = load_first(a + row * lda + j, lanes);
      const Bits bit = Bits{} + (std::uint32_t{1} << (row % 32));
      half[row / 32] |= reinterpret_cast<Bits>(v != Floats{}) & bit;
    }
    for (int lane = 0; lane < lanes; ++lane) bits[j + lane] = half[0][lane] | Word{half[1][lane]} << 32;
  }
}

void transposed(const float* a, std::int64_t lda, const float* b, std::int64_t ldb, std::int64_t count,
                std::int64_t k, std::int64_t h, bool first, float* work, float* part) {
  Word* const bits = bits_in(work);
  column_bits(a, lda, count, k, bits);
  for (std::int64_t col = 0; col < h; col += kPanel) {
    const std::int64_t cols = smaller(kPanel, h - col);
    pack_panel(b + col, ldb, count, cols, work);
    kTransposedPanels.of[vectors_of(cols)]({a, lda, bits, work, k, first, part + col, h, cols});
  }
}

}  // namespace

const SkippingKernels skipping_kernels = {kPanel, packed_size, work_size, pack, rows, transposed};

}  // namespace weft::cpu::WEFT_ISA_NS
