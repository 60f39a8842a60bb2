// Dropout on the entries of a row, several at a time. An entry costs a Philox counter of its own, of which it
// takes one word in four, where the dense matrix shares a counter among four columns: below a density of a
// quarter that is the fewer counters, and it is all that is read of a row. Bound: the counters' arithmetic.
#include "kernels/cpu/drop_values_kernels.hpp"

#include "kernels/cpu/philox_simd.hpp"

namespace weft::cpu::WEFT_ISA_NS {
namespace {

constexpr int kEntries = kLanes / 2;  // counters of a vector
constexpr int kInStep = 2;            // vectors
typedef std::int32_t Cols
    __attribute__((vector_size(kEntries * sizeof(std::int32_t)), aligned(4), may_alias));
typedef std::uint32_t EntryWords __attribute__((vector_size(kEntries * sizeof(std::uint32_t))));
typedef float Values __attribute__((vector_size(kEntries * sizeof(float)), aligned(4), may_alias));

/// What the entries of a row share of their counters.
struct Row {
  std::uint64_t key;  // that quads meet in the second round
  Products product;
};

// The counter (quad, row, 0, 0) leaves the first round as (row ^ key0, 0, high(M0 quad) ^ key1, low(M0
// quad)), and the second one multiplies the row's word by M0: all that does not know the column is done once
// for a row.
Row row_of(const DropValuesArguments& a, std::int64_t row) {
  const std::uint64_t product = kPhiloxM0 * (static_cast<std::uint64_t>(row) ^ a.key0[0]);
  return {(product >> 32) ^ a.key1[1], Products{} + product};
}

/// The words of several vectors of quads, round by round in step: a round waits for the one before it, and
/// the processor does not see far enough ahead to find the next vector's by itself.
template <int Vectors>
WEFT_INLINE void count(const DropValuesArguments& a, const Row& row, const Products (&quads)[Vectors],
                       Counters (&c)[Vectors]) {
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) {
    const Products p0 = multiply_low(quads[v], Products{} + kPhiloxM0);
    const Products p1 = multiply_low((p0 >> 32) ^ a.key1[0], Products{} + kPhiloxM1);
    c[v] = {(p1 >> 32) ^ a.key0[1], p1, p0 ^ row.key, row.product};
  }
#pragma GCC unroll 16
  for (int round = 2; round < kPhiloxRounds; ++round) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      philox_round(c[v], Products{} + a.key0[round], Products{} + a.key1[round]);
    }
  }
}

WEFT_INLINE Products wide(Cols cols) {
  return __builtin_convertvector(__builtin_convertvector(cols, EntryWords), Products);
}

template <int Vectors>
WEFT_INLINE void drop(const DropValuesArguments& a, const Row& row, const Cols (&cols)[Vectors],
                      Values (&values)[Vectors]) {
  Products quads[Vectors];
  Counters c[Vectors];
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) quads[v] = wide(cols[v]) >> 2;
  count<Vectors>(a, row, quads, c);
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) {
    const Products col = wide(cols[v]);
    const Products low = (col & 1) != 0 ? c[v].c1 : c[v].c0;
    const Products high = (col & 1) != 0 ? c[v].c3 : c[v].c2;
    const EntryWords word = __builtin_convertvector((col & 2) != 0 ? high : low, EntryWords);
    values[v] = word < a.threshold ? Values{} : values[v] * a.scale;
  }
}

WEFT_INLINE Values weights_at(const DropValuesArguments& a, std::int64_t entry) {
  if (a.weights == nullptr) return Values{} + 1.0f;
  return *reinterpret_cast<const Values*>(a.weights + entry);
}

template <int Vectors>
WEFT_INLINE void drop_at(const DropValuesArguments& a, const Row& row, std::int64_t entry) {
  Cols cols[Vectors];
  Values values[Vectors];
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) {
    cols[v] = *reinterpret_cast<const Cols*>(a.cols + entry + v * kEntries);
    values[v] = weights_at(a, entry + v * kEntries);
  }
  drop<Vectors>(a, row, cols, values);
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) *reinterpret_cast<Values*>(a.values + entry + v * kEntries) = values[v];
}

/// Fewer entries than a vector has.
void drop_rest(const DropValuesArguments& a, const Row& row, std::int64_t entry, std::int64_t count) {
  Cols cols[1] = {};
  Values values[1] = {};
  for (std::int64_t i = 0; i < count; ++i) {
    cols[0][i] = a.cols[entry + i];
    values[0][i] = a.weights == nullptr ? 1.0f : a.weights[entry + i];
  }
  drop<1>(a, row, cols, values);
  for (std::int64_t i = 0; i < count; ++i) a.values[entry + i] = values[0][i];
}

void rows(const DropValuesArguments& a, std::int64_t begin, std::int64_t end) {
  for (std::int64_t r = begin; r < end; ++r) {
    const Row row = row_of(a, r);
    const std::int64_t last = a.offsets[r + 1];
    std::int64_t e = a.offsets[r];
    for (; e + kInStep * kEntries <= last; e += kInStep * kEntries) drop_at<kInStep>(a, row, e);
    for (; e + kEntries <= last; e += kEntries) drop_at<1>(a, row, e);
    if (e < last) drop_rest(a, row, e, last - e);
  }
}

}  // namespace

const DropValuesKernels drop_values_kernels = {rows};

}  // namespace weft::cpu::WEFT_ISA_NS
