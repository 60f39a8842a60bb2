// Normalisation, ReLU and dropout, one pass over memory in each direction but for the statistics' own
// gradient. Every element is computed by the same operations at any vector width; random words are made where
// they are used, at a cost below that of reading them from memory.
#include "kernels/cpu/activation_kernels.hpp"

#include "kernels/cpu/columns.hpp"
#include "kernels/cpu/philox_simd.hpp"

namespace weft::cpu::WEFT_ISA_NS {
namespace {

/// The parts of a block, as bits: loops exist for every combination.
enum : int { kNorm = 1, kRelu = 2, kDropout = 4, kMask = 8 };  // kMask: dropout by a mask that was drawn
constexpr int kCombinations = 16;

int parts_of(const ActivationArguments& a) {
  return (a.mean != nullptr ? kNorm : 0) | (a.relu ? kRelu : 0) | (a.dropout ? kDropout : 0) |
         (a.dropout && a.mask != nullptr && a.drawn ? kMask : 0);
}

constexpr int kWordBits = 64;  // of a mask's words; whole vectors of every instruction set

/// Lane l: bit l of `bits` is not set.
WEFT_INLINE Words lanes_without(std::uint64_t bits) {
  Words lane_bits{};
  for (int lane = 0; lane < kLanes; ++lane) lane_bits[lane] = std::uint32_t{1} << lane;
  return reinterpret_cast<Words>(((Words{} + static_cast<std::uint32_t>(bits)) & lane_bits) == 0);
}

/// Bit l: lane l, all bits or none, has none.
WEFT_INLINE std::uint64_t bits_without(Words lanes) {
#if defined(__AVX512F__)
  return _mm512_testn_epi32_mask(reinterpret_cast<__m512i>(lanes), reinterpret_cast<__m512i>(lanes));
#elif defined(__AVX2__)
  return 0xff & ~static_cast<std::uint64_t>(_mm256_movemask_ps(reinterpret_cast<__m256>(lanes)));
#else
  std::uint64_t bits = 0;
  for (int lane = 0; lane < kLanes; ++lane) bits |= static_cast<std::uint64_t>(lanes[lane] == 0) << lane;
  return bits;
#endif
}

/// What a row's dropout drops: drawn, and written down where there is a mask, or read from it.
template <int parts>
class RowDropout {
 public:
  RowDropout(const ActivationArguments& a, std::int64_t row)
      : a_(a),
        id_((parts & kDropout) != 0 && a.row_ids != nullptr ? a.row_ids[row] : row),
        mask_((parts & kDropout) != 0 && a.mask != nullptr ? a.mask + row * a.mask_words : nullptr) {}

  /// All bits of a lane: dropped. For the two vectors from column j, a multiple of a pair of vectors, on.
  WEFT_INLINE WordPair dropped(std::int64_t j) const {
    if constexpr ((parts & kDropout) == 0) return WordPair{};
    const std::int64_t word = j / kWordBits, shift = j % kWordBits;
    if constexpr ((parts & kMask) != 0) {
      const std::uint64_t bits = mask_[word] >> shift;
      return {lanes_without(bits), lanes_without(bits >> kLanes)};
    }
    const WordPair words = random_words(a_.key0, a_.key1, id_, static_cast<std::uint32_t>(j / 4));
    const WordPair drop{reinterpret_cast<Words>(words.first < a_.threshold),
                        reinterpret_cast<Words>(words.second < a_.threshold)};
    if (mask_ != nullptr) {
      const std::uint64_t bits = bits_without(drop.first) | bits_without(drop.second) << kLanes;
      mask_[word] = (shift == 0 ? 0 : mask_[word]) | bits << shift;
    }
    return drop;
  }

 private:
  const ActivationArguments& a_;
  std::int64_t id_;
  std::uint64_t* mask_;
};

/// Making random words fills the processor's window, so that it does not look ahead to the next loads by
/// itself: they are asked for this many rows before.
constexpr std::int64_t kPrefetchRows = 2;

std::int64_t row_ahead(std::int64_t row, std::int64_t end) {
  return row + kPrefetchRows < end ? row + kPrefetchRows : row;
}

WEFT_INLINE Floats normalized(const ActivationArguments& a, Columns at, Floats x) {
  return (x - at.load_from(a.mean)) * at.load_from(a.rstd);
}

/// Calls body(columns, dropped) for every vector of a row's columns.
template <int parts, class Body>
WEFT_INLINE void for_each_vector(const ActivationArguments& a, std::int64_t row, const Body& body) {
  const RowDropout<parts> dropout(a, row);
  std::int64_t j = 0;
  for (; j + kPairColumns <= a.width; j += kPairColumns) {
    const WordPair dropped = dropout.dropped(j);
    body(Columns{j, kLanes}, dropped.first);
    body(Columns{j + kLanes, kLanes}, dropped.second);
  }
  if (j == a.width) return;
  const WordPair dropped = dropout.dropped(j);
  const auto left = static_cast<int>(a.width - j);
  body(Columns{j, left < kLanes ? left : kLanes}, dropped.first);
  if (left > kLanes) body(Columns{j + kLanes, left - kLanes}, dropped.second);
}

template <int parts>
void forward_rows(ActivationArguments a, std::int64_t begin, std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* x = a.x + row * a.ldx;
    const float* next_x = a.x + row_ahead(row, end) * a.ldx;
    float* y = a.out + (row - a.out_row) * a.ldout;
    for_each_vector<parts>(a, row, [&](Columns at, [[maybe_unused]] Words dropped) {
      __builtin_prefetch(next_x + at.first);
      Floats v = at.load_from(x);
      if constexpr ((parts & kNorm) != 0)
        v = fma(normalized(a, at, v), at.load_from(a.gamma), at.load_from(a.beta));
      if constexpr ((parts & kRelu) != 0) v = v <= 0.0f ? Floats{} : v;  // NaN passes
      if constexpr ((parts & kDropout) != 0) v = dropped != 0 ? Floats{} : v * a.scale;
      at.store_to(y, v);
    });
  }
}

template <int parts>
void backward_rows(ActivationArguments a, std::int64_t begin, std::int64_t end, float* sum_g, float* sum_gx) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* x = a.x + row * a.ldx;
    const float* dy = a.dy + row * a.lddy;
    const float* next_x = a.x + row_ahead(row, end) * a.ldx;
    const float* next_dy = a.dy + row_ahead(row, end) * a.lddy;
    float* dx = a.out + (row - a.out_row) * a.ldout;
    for_each_vector<parts>(a, row, [&](Columns at, [[maybe_unused]] Words dropped) {
      __builtin_prefetch(next_x + at.first);
      __builtin_prefetch(next_dy + at.first);
      Floats v = at.load_from(x), g = at.load_from(dy), xhat{};
      if constexpr ((parts & kNorm) != 0) {
        xhat = normalized(a, at, v);
        v = fma(xhat, at.load_from(a.gamma), at.load_from(a.beta));
      }
      if constexpr ((parts & kDropout) != 0) g = dropped != 0 ? Floats{} : g * a.scale;
      if constexpr ((parts & kRelu) != 0) g = v <= 0.0f ? Floats{} : g;
      at.store_to(dx, g);
      if constexpr ((parts & kNorm) != 0) {
        at.store_to(sum_g, at.load_from(sum_g) + g);
        at.store_to(sum_gx, fma(g, xhat, at.load_from(sum_gx)));
      }
    });
  }
}

using ForwardLoop = decltype(&forward_rows<0>);
using BackwardLoop = decltype(&backward_rows<0>);
/// Every combination's loops, by its parts.
struct LoopTable {
  ForwardLoop forward[kCombinations] = {};
  BackwardLoop backward[kCombinations] = {};
};

template <int parts>
constexpr void fill(LoopTable& table) {
  table.forward[parts] = forward_rows<parts>;
  table.backward[parts] = backward_rows<parts>;
  if constexpr (parts > 0) fill<parts - 1>(table);
}

constexpr LoopTable loop_table() {
  LoopTable table;
  fill<kCombinations - 1>(table);
  return table;
}

constexpr LoopTable kLoops = loop_table();

void forward(const ActivationArguments& a, std::int64_t begin, std::int64_t end) {
  kLoops.forward[parts_of(a)](a, begin, end);
}

void backward(const ActivationArguments& a, std::int64_t begin, std::int64_t end, float* sum_g,
              float* sum_gx) {
  for (std::int64_t j = 0; a.mean != nullptr && j < a.width; ++j) sum_g[j] = sum_gx[j] = 0.0f;
  kLoops.backward[parts_of(a)](a, begin, end, sum_g, sum_gx);
}

void through_statistics(const ActivationArguments& a, std::int64_t begin, std::int64_t end,
                        const float* mean_g, const float* mean_gx) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* x = a.x + row * a.ldx;
    float* dx = a.out + (row - a.out_row) * a.ldout;
    for_each_columns(a.width, [&](Columns at) {
      const Floats xhat = normalized(a, at, at.load_from(x));
      const Floats centred = at.load_from(dx) - at.load_from(mean_g);
      const Floats factor = at.load_from(a.gamma) * at.load_from(a.rstd);
      at.store_to(dx, factor * fma(-xhat, at.load_from(mean_gx), centred));
    });
  }
}

}  // namespace

const ActivationKernels activation_kernels = {forward, backward, through_statistics};

}  // namespace weft::cpu::WEFT_ISA_NS
