// Softmax and sigmoid, their logarithms and gradients. Exponentials and logarithms are our own, in double:
// the C library's differ from machine to machine in their last bit, and what double costs disappears beside
// the rest of an epoch (rows of the loss times classes elements). exp is within 2^-51 of the true value and
// log within 2^-50, relatively, so that the results are correctly rounded floats but for rare ties.
#include "kernels/cpu/loss_kernels.hpp"

#include "kernels/cpu/simd.hpp"

namespace weft::cpu::WEFT_ISA_NS {
namespace {

constexpr int kDoubles = kLanes / 2;
typedef double Doubles __attribute__((vector_size(kDoubles * sizeof(double)), may_alias));
typedef std::uint64_t Bits __attribute__((vector_size(kDoubles * sizeof(double))));
typedef float HalfFloats
    __attribute__((vector_size(kDoubles * sizeof(float)), aligned(alignof(float)), may_alias));

WEFT_INLINE Doubles fma(Doubles a, Doubles b, Doubles c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_pd(a, b, c);
#elif defined(__FMA__)
  return _mm256_fmadd_pd(a, b, c);
#elif defined(__aarch64__)
  return vfmaq_f64(c, a, b);
#else
  for (int lane = 0; lane < kDoubles; ++lane) c[lane] = __builtin_fma(a[lane], b[lane], c[lane]);
  return c;
#endif
}

constexpr double kLog2E = 0x1.71547652b82fep+0;
constexpr double kLn2High =
    0x1.62e42fefa38p-1;  // 11 trailing zero bits: its product with an exponent is exact
constexpr double kLn2Low = 0x1.ef35793c7673p-45;
/// Adding it leaves a double of moderate size rounded to an integer in the low bits.
constexpr double kRounder = 0x1.8p52;
/// Below, exp is taken as 0: nothing a float could hold is lost.
constexpr double kSmallest = -700.0;

/// exp(x) for x <= 0: 2^n * exp(r), |r| <= ln(2) / 2, the latter by Taylor's series to r^13 (the rest is
/// below 2^-57). NaN gives NaN.
WEFT_INLINE Doubles exponential(Doubles x) {
  constexpr double kTerms[] = {1.0 / 479001600.0,
                               1.0 / 39916800.0,
                               1.0 / 3628800.0,
                               1.0 / 362880.0,
                               1.0 / 40320.0,
                               1.0 / 5040.0,
                               1.0 / 720.0,
                               1.0 / 120.0,
                               1.0 / 24.0,
                               1.0 / 6.0,
                               1.0 / 2.0,
                               1.0,
                               1.0};
  const Doubles rounded = fma(x, Doubles{} + kLog2E, Doubles{} + kRounder);
  const Doubles n = rounded - kRounder;
  const Doubles r = fma(n, Doubles{} - kLn2Low, fma(n, Doubles{} - kLn2High, x));
  Doubles sum = Doubles{} + 1.0 / 6227020800.0;
  for (const double term : kTerms) sum = fma(sum, r, Doubles{} + term);
  // Unsigned: below kSmallest the sum wraps, and that lane is dropped.
  const Bits exponent = (reinterpret_cast<Bits>(rounded) << 52) + reinterpret_cast<Bits>(Doubles{} + 1.0);
  return x < kSmallest ? Doubles{} : sum * reinterpret_cast<Doubles>(exponent);
}

/// log(x) for x >= 1: e ln(2) + log(m), m in [sqrt(1/2), sqrt(2)), the latter as 2 atanh(z) by its series to
/// z^23 (the rest is below 2^-65). NaN gives NaN.
double logarithm(double x) {
  if (x != x) return x;
  std::int64_t bits;
  __builtin_memcpy(&bits, &x, sizeof(bits));
  constexpr std::int64_t kMantissa = (std::int64_t{1} << 52) - 1, kOne = std::int64_t{1023} << 52;
  std::int64_t exponent = (bits >> 52) - 1023;
  bits = (bits & kMantissa) | kOne;
  double m;
  __builtin_memcpy(&m, &bits, sizeof(m));
  if (m >= 0x1.6a09e667f3bcdp+0) {
    m *= 0.5;
    ++exponent;
  }
  const double z = (m - 1.0) / (m + 1.0), square = z * z;
  double sum = 1.0 / 23.0;
  for (int odd = 21; odd >= 1; odd -= 2) sum = __builtin_fma(sum, square, 1.0 / odd);
  const double e = static_cast<double>(exponent);
  return __builtin_fma(e, kLn2High, __builtin_fma(e, kLn2Low, 2.0 * z * sum));
}

/// Columns of a row that are worked on together, filled up with -infinity, whose exponential is 0. The sums
/// of exponentials run in kChains chains of every kChains-th column at any vector width.
constexpr int kTile = 64;
constexpr int kChains = 8;

struct Tile {
  float logits[kTile];
  int count;  // columns filled

  WEFT_INLINE void read(const float* row, std::int64_t first, std::int64_t k) {
    count = k - first < kTile ? static_cast<int>(k - first) : kTile;
    for (int j = 0; j < count; ++j) logits[j] = row[first + j];
    for (int j = count; j < kTile; ++j) logits[j] = -__builtin_inff();
  }
  /// Vectors that hold a column.
  WEFT_INLINE int padded(int unit) const { return (count + unit - 1) / unit * unit; }
  /// exp(logit - largest) of kDoubles columns from j on.
  WEFT_INLINE Doubles exponentials(int j, double largest) const {
    const HalfFloats values = *reinterpret_cast<const HalfFloats*>(logits + j);
    return exponential(__builtin_convertvector(values, Doubles) - largest);
  }
};

/// NaN where the first value is NaN; other NaNs are ignored. The maximum does not depend on the order.
double largest_of(const float* row, std::int64_t k) {
  Floats lanes = broadcast(row[0]);
  std::int64_t j = 0;
  for (; j + kLanes <= k; j += kLanes) {
    const Floats values = load(row + j);
    lanes = values > lanes ? values : lanes;
  }
  float largest = row[0];
  for (int lane = 0; lane < kLanes; ++lane) largest = lanes[lane] > largest ? lanes[lane] : largest;
  for (; j < k; ++j) largest = row[j] > largest ? row[j] : largest;
  return static_cast<double>(largest);
}

/// The sum; the exponentials of the last tile are left in `last`.
double sum_of_exponentials(const float* row, std::int64_t k, double largest, double (&last)[kTile]) {
  Doubles chains[kChains / kDoubles] = {};
  for (std::int64_t first = 0; first < k; first += kTile) {
    Tile tile;
    tile.read(row, first, k);
    for (int j = 0; j < tile.padded(kChains); j += kChains) {
      for (int c = 0; c < kChains / kDoubles; ++c) {
        const Doubles values = tile.exponentials(j + c * kDoubles, largest);
        chains[c] += values;
        __builtin_memcpy(last + j + c * kDoubles, &values, sizeof(values));
      }
    }
  }
  double sums[kChains];
  __builtin_memcpy(sums, chains, sizeof(sums));
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/// `last`: the exponentials of the last tile, as they are in the sum.
void write_probabilities(const float* row, std::int64_t k, double largest, double factor,
                         const double (&last)[kTile], float* gradient) {
  std::int64_t first = 0;
  for (; first + kTile < k; first += kTile) {
    Tile tile;
    tile.read(row, first, k);
    for (int j = 0; j < kTile; j += kDoubles) {
      const HalfFloats out = __builtin_convertvector(tile.exponentials(j, largest) * factor, HalfFloats);
      __builtin_memcpy(gradient + first + j, &out, sizeof(out));
    }
  }
  for (std::int64_t j = first; j < k; ++j) gradient[j] = static_cast<float>(last[j - first] * factor);
}

double log_softmax_nll(const float* logits, std::int64_t ldlogits, const std::int32_t* labels,
                       std::int64_t rows, std::int64_t k, double weight, float* gradient,
                       std::int64_t ldgradient) {
  double loss = 0.0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const float* row = logits + i * ldlogits;
    float* out = gradient + i * ldgradient;
    const std::int32_t label = labels[i];
    const double largest = largest_of(row, k);
    const double shifted = static_cast<double>(row[label]) - largest;  // read before `out` may overwrite it
    double last[kTile];
    const double sum = sum_of_exponentials(row, k, largest, last);
    loss += logarithm(sum) - shifted;
    write_probabilities(row, k, largest, weight / sum, last, out);
    const double probability = exponential(Doubles{} + shifted)[0] / sum;
    out[label] = static_cast<float>((probability - 1.0) * weight);
  }
  return loss;
}

/// The exponentials of -|z| of a tile's logits z.
void decays(const Tile& tile, double* out) {
  for (int j = 0; j < tile.padded(kDoubles); j += kDoubles) {
    const HalfFloats values = *reinterpret_cast<const HalfFloats*>(tile.logits + j);
    const Doubles z = __builtin_convertvector(values, Doubles);
    const Doubles decay = exponential(z > 0.0 ? -z : z);
    __builtin_memcpy(out + j, &decay, sizeof(decay));
  }
}

double bce_with_logits(const float* logits, std::int64_t ldlogits, const float* targets,
                       std::int64_t ldtargets, std::int64_t rows, std::int64_t k, double weight,
                       float* gradient, std::int64_t ldgradient) {
  double loss = 0.0;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t first = 0; first < k; first += kTile) {
      Tile tile;
      tile.read(logits + i * ldlogits, first, k);
      double decay[kTile];
      decays(tile, decay);
      for (int j = 0; j < tile.count; ++j) {
        float& out = gradient[i * ldgradient + first + j];
        const double z = static_cast<double>(tile.logits[j]);
        const double target = static_cast<double>(targets[i * ldtargets + first + j]);
        const bool given = target == target;
        const double sum = 1.0 + decay[j];
        const double sigmoid = (z < 0.0 ? decay[j] : 1.0) / sum;
        out = given ? static_cast<float>((sigmoid - target) * weight) : 0.0f;
        if (given) loss += (z > 0.0 ? z : 0.0) - z * target + logarithm(sum);
      }
    }
  }
  return loss;
}

}  // namespace

const LossKernels loss_kernels = {log_softmax_nll, bce_with_logits};

}  // namespace weft::cpu::WEFT_ISA_NS
