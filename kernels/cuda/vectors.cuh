#pragma once
// Rows of matrices in registers, several neighbouring columns per thread. Kernels are written against one of
// three ways of access, which the host chooses by types and alignment:
//
//   FloatRows    float32, every row 16-byte aligned: 4 columns, 16 bytes
//   Bf16Rows     bfloat16, every row 16-byte aligned: 8 columns, 16 bytes
//   AnyRows<W>   any type and alignment, told at run time: W columns, in one access where the address allows
//
// Each has a kWidth of columns; In and Out, a thread's columns of a matrix from one row on, of which the
// matrix has `left`; and Packed, what In::load gives: a piece in as few registers as it has words, until
// unpack() is asked for its values. What lies past the last column is neither read (it counts as 0) nor
// written.
#include <initializer_list>
#include <type_traits>

#include "kernels/base/view.hpp"
#include "kernels/simt/simt.hpp"

namespace weft::WEFT_DEVICE_NS {

/// W neighbouring columns of a row.
template <int W>
struct Values {
  float v[W];

  WEFT_DEVICE float& operator[](int i) { return v[i]; }
  WEFT_DEVICE float operator[](int i) const { return v[i]; }
};

namespace detail {

WEFT_DEVICE float low_half(std::uint32_t pair) { return to_float(Bf16{static_cast<std::uint16_t>(pair)}); }
WEFT_DEVICE float high_half(std::uint32_t pair) {
  return to_float(Bf16{static_cast<std::uint16_t>(pair >> 16)});
}
WEFT_DEVICE std::uint32_t bf16_pair(float low, float high) {
  return std::uint32_t{to_bf16(low).bits} | std::uint32_t{to_bf16(high).bits} << 16;
}
WEFT_DEVICE float value_of(const float* p) { return *p; }
WEFT_DEVICE float value_of(const Bf16* p) { return to_float(*p); }
WEFT_DEVICE void set_value(float* p, float v) { *p = v; }
WEFT_DEVICE void set_value(Bf16* p, float v) { *p = to_bf16(v); }

// Four columns in one access; p is aligned to its size.
WEFT_DEVICE Values<4> load_quad(const float* p) {
  const float4 v = load4(p);
  return {{v.x, v.y, v.z, v.w}};
}
WEFT_DEVICE Values<4> load_quad(const Bf16* p) {
  const uint2 v = load_uint2(p);
  return {{low_half(v.x), high_half(v.x), low_half(v.y), high_half(v.y)}};
}
WEFT_DEVICE void store_quad(float* p, const Values<4>& v) {
  store4_whole(p, make_float4(v[0], v[1], v[2], v[3]));
}
WEFT_DEVICE void store_quad(Bf16* p, const Values<4>& v) {
  store_uint2_whole(p, make_uint2(bf16_pair(v[0], v[1]), bf16_pair(v[2], v[3])));
}

// Sixteen bytes in one access, and what they say; the pointer tells the type.
WEFT_DEVICE Values<4> load_packed(const float* p) { return load_quad(p); }
WEFT_DEVICE uint4 load_packed(const Bf16* p) { return load_uint4(p); }
WEFT_DEVICE void store_packed(float* p, const Values<4>& v) { store_quad(p, v); }
WEFT_DEVICE void store_packed(Bf16* p, uint4 v) { store_uint4_whole(p, v); }
WEFT_DEVICE Values<4> packed(const float*, const Values<4>& v) { return v; }
WEFT_DEVICE uint4 packed(const Bf16*, const Values<8>& v) {
  return make_uint4(bf16_pair(v[0], v[1]), bf16_pair(v[2], v[3]), bf16_pair(v[4], v[5]),
                    bf16_pair(v[6], v[7]));
}
WEFT_DEVICE Values<4> unpack(const Values<4>& p) { return p; }
WEFT_DEVICE Values<8> unpack(uint4 p) {
  return {{low_half(p.x), high_half(p.x), low_half(p.y), high_half(p.y), low_half(p.z), high_half(p.z),
           low_half(p.w), high_half(p.w)}};
}

template <int W, class T>
WEFT_DEVICE Values<W> load_first(const T* p, int count) {
  Values<W> out;
  for (int i = 0; i < W; ++i) out[i] = i < count ? value_of(p + i) : 0.0f;
  return out;
}
template <int W, class T>
WEFT_DEVICE void store_first(T* p, const Values<W>& v, int count) {
  for (int i = 0; i < W; ++i) {
    if (i < count) set_value(p + i, v[i]);
  }
}

/// Whether four values of T at `p` may be one access.
template <class T>
WEFT_DEVICE bool quad_at(const T* p) {
  return reinterpret_cast<std::uintptr_t>(p) % (4 * sizeof(T)) == 0;
}

template <int W, class T>
WEFT_DEVICE Values<W> load_where_aligned(const T* p, int count) {
  static_assert(W == 1 || W == 4, "a value or a quad");
  if constexpr (W == 4) {
    if (count == W && quad_at(p)) return load_quad(p);
  }
  return load_first<W>(p, count);
}
template <int W, class T>
WEFT_DEVICE void store_where_aligned(T* p, const Values<W>& v, int count) {
  static_assert(W == 1 || W == 4, "a value or a quad");
  if constexpr (W == 4) {
    if (count == W && quad_at(p)) {
      store_quad(p, v);
      return;
    }
  }
  store_first(p, v, count);
}

}  // namespace detail

/// Columns from `col` on that a matrix has, W at most.
template <int W>
WEFT_DEVICE int columns_left(std::int64_t cols, std::int64_t col) {
  return static_cast<int>(cols - col < W ? cols - col : W);
}

/// W values of a vector of `size` from `first` on; zeros behind its end.
template <int W>
WEFT_DEVICE Values<W> load_vector(const float* vector, std::int64_t first, std::int64_t size) {
  constexpr int kPiece = W < 4 ? W : 4;
  Values<W> out;
  for (int i = 0; i < W; i += kPiece) {
    const Values<kPiece> piece =
        detail::load_where_aligned<kPiece>(vector + first + i, columns_left<kPiece>(size, first + i));
    for (int k = 0; k < kPiece; ++k) out[i + k] = piece[k];
  }
  return out;
}
WEFT_DEVICE void store_vector(float* vector, std::int64_t first, std::int64_t size, const Values<4>& values) {
  detail::store_where_aligned(vector + first, values, columns_left<4>(size, first));
}

template <class T>
struct AlignedRows {
  static constexpr int kWidth = 16 / sizeof(T);
  using Packed = decltype(detail::load_packed(static_cast<const T*>(nullptr)));

  class In {
   public:
    WEFT_DEVICE In(const ConstMat& m, std::int64_t row, std::int64_t col, int left)
        : first_(static_cast<const T*>(m.data) + row * m.ld + col), ld_(m.ld), left_(left) {}
    /// The columns of a row that lies `below` rows below the first.
    WEFT_DEVICE Packed load(std::int64_t below) const {
      const T* p = first_ + below * ld_;
      return left_ == kWidth ? detail::load_packed(p)
                             : detail::packed(p, detail::load_first<kWidth>(p, left_));
    }

   private:
    const T* first_;
    std::int64_t ld_;
    int left_;
  };
  class Out {
   public:
    WEFT_DEVICE Out(const Mat& m, std::int64_t row, std::int64_t col, int left)
        : first_(static_cast<T*>(m.data) + row * m.ld + col), ld_(m.ld), left_(left) {}
    WEFT_DEVICE void store(std::int64_t below, const Values<kWidth>& v) const {
      T* p = first_ + below * ld_;
      if (left_ == kWidth) {
        detail::store_packed(p, detail::packed(p, v));
      } else {
        detail::store_first(p, v, left_);
      }
    }

   private:
    T* first_;
    std::int64_t ld_;
    int left_;
  };
  WEFT_DEVICE static Values<kWidth> unpack(const Packed& packed) { return detail::unpack(packed); }
};
using FloatRows = AlignedRows<float>;
using Bf16Rows = AlignedRows<Bf16>;

template <int W>
struct AnyRows {
  static constexpr int kWidth = W;
  using Packed = Values<W>;

  class In {
   public:
    WEFT_DEVICE In(const ConstMat& m, std::int64_t row, std::int64_t col, int left)
        : m_(m), first_(row * m.ld + col), left_(left) {}
    WEFT_DEVICE Packed load(std::int64_t below) const {
      const std::int64_t at = first_ + below * m_.ld;
      if (m_.dtype == DType::kBf16)
        return detail::load_where_aligned<W>(static_cast<const Bf16*>(m_.data) + at, left_);
      return detail::load_where_aligned<W>(m_.f32() + at, left_);
    }

   private:
    ConstMat m_;
    std::int64_t first_;
    int left_;
  };
  class Out {
   public:
    WEFT_DEVICE Out(const Mat& m, std::int64_t row, std::int64_t col, int left)
        : m_(m), first_(row * m.ld + col), left_(left) {}
    WEFT_DEVICE void store(std::int64_t below, const Values<W>& v) const {
      const std::int64_t at = first_ + below * m_.ld;
      if (m_.dtype == DType::kBf16) {
        detail::store_where_aligned(static_cast<Bf16*>(m_.data) + at, v, left_);
      } else {
        detail::store_where_aligned(m_.f32() + at, v, left_);
      }
    }

   private:
    Mat m_;
    std::int64_t first_;
    int left_;
  };
  WEFT_DEVICE static Values<W> unpack(const Packed& packed) { return packed; }
};

namespace detail {

inline bool aligned_rows(const ConstMat& m) {
  return reinterpret_cast<std::uintptr_t>(m.data) % 16 == 0 &&
         static_cast<std::size_t>(m.ld) * dtype_bytes(m.dtype) % 16 == 0;
}

inline bool all_aligned(std::initializer_list<ConstMat> matrices, DType dtype) {
  bool all = true;
  for (const ConstMat& m : matrices) all = all && m.dtype == dtype && aligned_rows(m);
  return all;
}

}  // namespace detail

/// Calls body(FloatRows{}) where all matrices allow it, else body(Otherwise{}).
template <class Otherwise, class Body>
void with_float_rows(std::initializer_list<ConstMat> matrices, const Body& body) {
  if (detail::all_aligned(matrices, DType::kF32)) {
    body(FloatRows{});
  } else {
    body(Otherwise{});
  }
}

/// Calls body(FloatRows{}), body(Bf16Rows{}) or body(Otherwise{}): the widest access that all matrices allow.
template <class Otherwise, class Body>
void with_rows(std::initializer_list<ConstMat> matrices, const Body& body) {
  if (detail::all_aligned(matrices, DType::kBf16)) {
    body(Bf16Rows{});
  } else {
    with_float_rows<Otherwise>(matrices, body);
  }
}

}  // namespace weft::WEFT_DEVICE_NS
