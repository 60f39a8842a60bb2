#pragma once
// Rows with a few to a few thousand columns, where a result is one per row: a warp is cut into groups of
// lanes, and each group has a row. A lane holds the row's columns that it reads in registers, so that a row
// is read once as long as it is no longer than 16 columns per lane.
#include <type_traits>

#include "kernels/cuda/vectors.cuh"

namespace weft::WEFT_DEVICE_NS {

constexpr int kGroupThreads = 256;
constexpr int kGroupBlocks = 4;  // that a multiprocessor shall hold at once
constexpr int kRowsPerBlock = 128;

inline dim3 blocks_of_rows(std::int64_t n) { return dim3(static_cast<unsigned>(ceil_div(n, kRowsPerBlock))); }

/// Lanes of a group for rows of k columns: as few as hold them, since every lane more is one more exchange.
constexpr int group_lanes(std::int64_t k) { return k <= 64 ? 4 : k <= 128 ? 8 : k <= 256 ? 16 : 32; }

template <int lanes>
WEFT_DEVICE int lane_in_group() {
  return static_cast<int>(threadIdx.x) % lanes;
}

/// The rows of a block that a group has one after the other; every group has as many, some behind the last
/// of the matrix: `for (GroupRows<lanes> rows; rows.more(); rows.next()) ... rows.row()`.
template <int lanes>
class GroupRows {
 public:
  WEFT_DEVICE bool more() const { return in_block_ < kRowsPerBlock; }
  WEFT_DEVICE void next() { in_block_ += kGroupThreads / lanes; }
  WEFT_DEVICE std::int64_t row() const { return std::int64_t{blockIdx.x} * kRowsPerBlock + in_block_; }

 private:
  int in_block_ = static_cast<int>(threadIdx.x) / lanes;
};

/// The sum over a group's lanes, for each of them. All lanes of the warp take part.
template <int lanes, class T>
WEFT_DEVICE T group_sum(T value) {
  for (int offset = lanes / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(kFullMask, value, offset);
  return value;
}

template <int lanes, class T>
WEFT_DEVICE T group_max(T value) {
  for (int offset = lanes / 2; offset > 0; offset /= 2) {
    const T other = __shfl_xor_sync(kFullMask, value, offset);
    value = value < other ? other : value;
  }
  return value;
}

/// Columns of a row that a lane of a group holds: 16 of every 16 * lanes. Where rows are 16-byte aligned a
/// lane reads four neighbours at once, else neighbouring lanes read neighbours.
template <int lanes, bool vectors>
struct HeldColumns {
  static constexpr int kLanes = lanes;
  static constexpr int kHeld = 16;
  static constexpr int kSpan = kHeld * lanes;  // columns of the group

  float v[kHeld];

  /// Whether a row of k columns takes more than one span, and has to be read again: see group_lanes.
  WEFT_DEVICE static bool several(std::int64_t k) { return lanes == kWarp && k > kSpan; }

  /// The column of v[i], from the span's first.
  WEFT_DEVICE static int column(int i) { return origin() + offset(i); }

  /// Reads the columns from `first` on of a row of k; those behind the last, or all when there is no row,
  /// become `rest`.
  WEFT_DEVICE void load(const float* row, bool there, std::int64_t first, std::int64_t k, float rest) {
    const float* const from = row + first + origin();
    const int left = columns_left(there, first, k);
    WEFT_UNROLL
    for (int i = 0; i < kHeld; i += kPiece) {
      if (offset(i) + kPiece <= left) {
        load_piece(from + offset(i), v + i);
      } else {
        for (int j = i; j < i + kPiece; ++j) v[j] = offset(j) < left ? from[offset(j)] : rest;
      }
    }
  }
  WEFT_DEVICE void store(float* row, bool there, std::int64_t first, std::int64_t k) const {
    float* const to = row + first + origin();
    const int left = columns_left(there, first, k);
    WEFT_UNROLL
    for (int i = 0; i < kHeld; i += kPiece) {
      if (offset(i) + kPiece <= left) {
        store_piece(to + offset(i), v + i);
      } else {
        for (int j = i; j < i + kPiece; ++j) {
          if (offset(j) < left) to[offset(j)] = v[j];
        }
      }
    }
  }

 private:
  static constexpr int kPiece = vectors ? 4 : 1;  // columns of one access

  /// The first of a lane's columns, and the others from there.
  WEFT_DEVICE static int origin() { return lane_in_group<lanes>() * kPiece; }
  WEFT_DEVICE static int offset(int i) { return i / kPiece * lanes * kPiece + i % kPiece; }

  /// Columns of the row from this lane's first on, as far as the span reaches.
  WEFT_DEVICE static int columns_left(bool there, std::int64_t first, std::int64_t k) {
    const std::int64_t left = there ? k - first - origin() : 0;
    return static_cast<int>(left < kSpan ? left : kSpan);
  }
  WEFT_DEVICE static void load_piece(const float* from, float* out) {
    if constexpr (vectors) {
      const float4 quad = load4(from);
      out[0] = quad.x, out[1] = quad.y, out[2] = quad.z, out[3] = quad.w;
    } else {
      out[0] = from[0];
    }
  }
  WEFT_DEVICE static void store_piece(float* to, const float* values) {
    if constexpr (vectors) {
      store4(to, make_float4(values[0], values[1], values[2], values[3]));
    } else {
      to[0] = values[0];
    }
  }
};

/// Calls body(HeldColumns<...>{}) with the groups and the way of access that fit the rows of matrices alike.
template <class Body>
void with_groups(std::initializer_list<ConstMat> matrices, const Body& body) {
  const auto with_lanes = [&](auto vectors) {
    constexpr bool kVectors = decltype(vectors)::value;
    switch (group_lanes(matrices.begin()->cols)) {
      case 4:
        return body(HeldColumns<4, kVectors>{});
      case 8:
        return body(HeldColumns<8, kVectors>{});
      case 16:
        return body(HeldColumns<16, kVectors>{});
      default:
        return body(HeldColumns<32, kVectors>{});
    }
  };
  if (detail::all_aligned(matrices, DType::kF32)) {
    with_lanes(std::true_type{});
  } else {
    with_lanes(std::false_type{});
  }
}

}  // namespace weft::WEFT_DEVICE_NS
