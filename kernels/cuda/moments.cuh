#pragma once
// Statistics of columns, gathered in parts: every part of the rows leaves the sums of its deviations from a
// center among its own values, so that a column far from zero loses nothing to cancellation; the parts are
// joined in double in an order that depends on their number only.
//
// A kernel that has the values of a matrix in its hands (batch_norm_statistics reading it, spmm writing it)
// adds them up with Deviations, stores one part per block, and leaves the rest to join_moments.
#include "kernels/backend.hpp"
#include "kernels/simt/simt.hpp"

namespace weft::WEFT_DEVICE_NS {

/// Values of one column, as the sums of their deviations from a center: the first of them.
template <class T>
struct Deviations {
  T count = 0;
  T center = 0;
  T sum = 0;     // of value - center
  T square = 0;  // of (value - center)^2

  WEFT_DEVICE void add(T value) {
    if (count == T{0}) center = value;
    const T d = value - center;
    count += T{1};
    sum += d;
    square = multiply_add(d, d, square);
  }

  /// Takes in other values of the column: their deviations are moved to this center. Chan, Golub, LeVeque,
  /// "Updating formulae and a pairwise algorithm for computing sample variances", 1979, with a center in
  /// the place of the mean, which costs no division.
  WEFT_DEVICE void join(const Deviations& other) {
    if (other.count == T{0}) return;
    if (count == T{0}) {
      *this = other;
      return;
    }
    const T shift = other.center - center;
    square += multiply_add(shift, multiply_add(other.count, shift, T{2} * other.sum), other.square);
    sum += multiply_add(other.count, shift, other.sum);
    count += other.count;
  }

 private:
  WEFT_DEVICE static float multiply_add(float a, float b, float c) { return fmaf(a, b, c); }
  WEFT_DEVICE static double multiply_add(double a, double b, double c) { return fma(a, b, c); }
};

/// The parts in scratch: [parts, c], each {count, center, sum, square}. Each must be stored, with count 0
/// where a part has no rows.
struct MomentParts {
  float* values = nullptr;  // 16-byte aligned
  std::int64_t parts = 0;
  std::int64_t c = 0;

  WEFT_DEVICE void store(std::int64_t part, std::int64_t column, const Deviations<float>& d) const {
    store4(values + (part * c + column) * 4, make_float4(d.count, d.center, d.sum, d.square));
  }
  WEFT_DEVICE Deviations<double> load(std::int64_t part, std::int64_t column) const {
    const float4 d = load4(values + (part * c + column) * 4);
    return {static_cast<double>(d.x), static_cast<double>(d.y), static_cast<double>(d.z),
            static_cast<double>(d.w)};
  }
};

/// Bytes of MomentParts::values.
constexpr std::size_t moment_parts_bytes(std::int64_t parts, std::int64_t c) {
  return static_cast<std::size_t>(parts * c) * 4 * sizeof(float);
}

/// Joins the parts of a matrix of `rows` rows into its moments. In batch_norm.cu.
void join_moments(Queue queue, const MomentParts& parts, std::int64_t rows, const Moments& moments);

}  // namespace weft::WEFT_DEVICE_NS
