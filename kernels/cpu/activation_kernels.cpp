// Normalisation, ReLU and dropout, one pass over memory in each direction but for the statistics' own
// gradient. Every element is computed by the same operations at any vector width; random words are made where
// they are used, at a cost below that of reading them from memory.
#include "kernels/cpu/activation_kernels.hpp"

#include "kernels/cpu/columns.hpp"
#include "kernels/cpu/philox_simd.hpp"

namespace weft::cpu::WEFT_ISA_NS {
namespace {

/// The parts of a block, as bits: loops exist for every combination.
enum : int { kNorm = 1, kRelu = 2, kDropout = 4 };

int parts_of(const ActivationArguments& a) {
  return (a.mean != nullptr ? kNorm : 0) | (a.relu ? kRelu : 0) | (a.dropout ? kDropout : 0);
}

/// Making random words fills the processor's window, so that it does not look ahead to the next loads by
/// itself: they are asked for this many rows before.
constexpr std::int64_t kPrefetchRows = 2;

std::int64_t row_ahead(std::int64_t row, std::int64_t end) {
  return row + kPrefetchRows < end ? row + kPrefetchRows : row;
}

WEFT_INLINE Floats normalized(const ActivationArguments& a, Columns at, Floats x) {
  return (x - at.load_from(a.mean)) * at.load_from(a.rstd);
}

/// Calls body(columns, words) for every vector of a row's columns.
template <int parts, class Body>
WEFT_INLINE void for_each_vector(const ActivationArguments& a, std::int64_t row, const Body& body) {
  const std::int64_t id = (parts & kDropout) != 0 && a.row_ids != nullptr ? a.row_ids[row] : row;
  std::int64_t j = 0;
  for (; j + kPairColumns <= a.width; j += kPairColumns) {
    WordPair words{};
    if constexpr ((parts & kDropout) != 0)
      words = random_words(a.key0, a.key1, id, static_cast<std::uint32_t>(j / 4));
    body(Columns{j, kLanes}, words.first);
    body(Columns{j + kLanes, kLanes}, words.second);
  }
  if (j == a.width) return;
  WordPair words{};
  if constexpr ((parts & kDropout) != 0)
    words = random_words(a.key0, a.key1, id, static_cast<std::uint32_t>(j / 4));
  const auto left = static_cast<int>(a.width - j);
  body(Columns{j, left < kLanes ? left : kLanes}, words.first);
  if (left > kLanes) body(Columns{j + kLanes, left - kLanes}, words.second);
}

template <int parts>
void forward_rows(ActivationArguments a, std::int64_t begin, std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* x = a.x + row * a.ldx;
    const float* next_x = a.x + row_ahead(row, end) * a.ldx;
    float* y = a.out + (row - a.out_row) * a.ldout;
    for_each_vector<parts>(a, row, [&](Columns at, [[maybe_unused]] Words words) {
      __builtin_prefetch(next_x + at.first);
      Floats v = at.load_from(x);
      if constexpr ((parts & kNorm) != 0)
        v = fma(normalized(a, at, v), at.load_from(a.gamma), at.load_from(a.beta));
      if constexpr ((parts & kRelu) != 0) v = v <= 0.0f ? Floats{} : v;  // NaN passes
      if constexpr ((parts & kDropout) != 0) v = words < a.threshold ? Floats{} : v * a.scale;
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
    for_each_vector<parts>(a, row, [&](Columns at, [[maybe_unused]] Words words) {
      __builtin_prefetch(next_x + at.first);
      __builtin_prefetch(next_dy + at.first);
      Floats v = at.load_from(x), g = at.load_from(dy), xhat{};
      if constexpr ((parts & kNorm) != 0) {
        xhat = normalized(a, at, v);
        v = fma(xhat, at.load_from(a.gamma), at.load_from(a.beta));
      }
      if constexpr ((parts & kDropout) != 0) g = words < a.threshold ? Floats{} : g * a.scale;
      if constexpr ((parts & kRelu) != 0) g = v <= 0.0f ? Floats{} : g;
      at.store_to(dx, g);
      if constexpr ((parts & kNorm) != 0) {
        at.store_to(sum_g, at.load_from(sum_g) + g);
        at.store_to(sum_gx, fma(g, xhat, at.load_from(sum_gx)));
      }
    });
  }
}

void forward(const ActivationArguments& a, std::int64_t begin, std::int64_t end) {
  static constexpr decltype(&forward_rows<0>) kLoops[] = {forward_rows<0>, forward_rows<1>, forward_rows<2>,
                                                          forward_rows<3>, forward_rows<4>, forward_rows<5>,
                                                          forward_rows<6>, forward_rows<7>};
  kLoops[parts_of(a)](a, begin, end);
}

void backward(const ActivationArguments& a, std::int64_t begin, std::int64_t end, float* sum_g,
              float* sum_gx) {
  static constexpr decltype(&backward_rows<0>) kLoops[] = {
      backward_rows<0>, backward_rows<1>, backward_rows<2>, backward_rows<3>,
      backward_rows<4>, backward_rows<5>, backward_rows<6>, backward_rows<7>};
  for (std::int64_t j = 0; a.mean != nullptr && j < a.width; ++j) sum_g[j] = sum_gx[j] = 0.0f;
  kLoops[parts_of(a)](a, begin, end, sum_g, sum_gx);
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
