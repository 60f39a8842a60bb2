#pragma once
// The columns that one lane of a group holds in registers, and how they are read and written. The host takes
// one of three layouts (spmm_choice.hpp):
//
//   LaneColumns<4, true>, <8, true>   4 or 8 neighbours, one access of up to 16 bytes
//   LaneColumns<4, false>             4 columns as many apart as the group has lanes, for any alignment
//
// In all of them neighbouring lanes touch neighbouring addresses. What lies past a matrix's last column is
// neither read nor written: it may be another's memory. So the lane that holds a matrix's last neighbours
// moves them in pairs.
#include "kernels/base/view.hpp"
#include "kernels/simt/simt.hpp"

namespace weft::WEFT_DEVICE_NS {

/// Values in registers as they are stored in memory.
template <class T, int kCount>
struct Stored;

template <int kCount>
struct Stored<float, kCount> {
  float values[kCount];

  WEFT_DEVICE float operator[](int i) const { return values[i]; }
  WEFT_DEVICE void load_one(int i, const float* p) { values[i] = __ldg(p); }
  WEFT_DEVICE void load_pair(int i, const float* p) {
    const float2 v = __ldg(reinterpret_cast<const float2*>(p));
    values[i] = v.x;
    values[i + 1] = v.y;
  }
};

template <int kCount>
struct Stored<Bf16, kCount> {
  unsigned pairs[kCount / 2];

  WEFT_DEVICE float operator[](int i) const {
    const unsigned pair = pairs[i / 2];
    return __uint_as_float(i % 2 == 0 ? pair << 16 : pair & 0xFFFF0000u);
  }
  /// The first of a pair, or any value that starts as zero.
  WEFT_DEVICE void load_one(int i, const Bf16* p) {
    pairs[i / 2] |= unsigned{__ldg(&p->bits)} << (i % 2 * 16);
  }
  WEFT_DEVICE void load_pair(int i, const Bf16* p) {
    pairs[i / 2] = __ldg(reinterpret_cast<const unsigned*>(p));
  }
};

namespace detail {

WEFT_DEVICE void load_vector(Stored<float, 4>& to, const float* p) {
  const float4 v = __ldg(reinterpret_cast<const float4*>(p));
  to = {{v.x, v.y, v.z, v.w}};
}
WEFT_DEVICE void load_vector(Stored<Bf16, 4>& to, const Bf16* p) {
  const uint2 v = __ldg(reinterpret_cast<const uint2*>(p));
  to = {{v.x, v.y}};
}
WEFT_DEVICE void load_vector(Stored<Bf16, 8>& to, const Bf16* p) {
  const uint4 v = __ldg(reinterpret_cast<const uint4*>(p));
  to = {{v.x, v.y, v.z, v.w}};
}

WEFT_DEVICE unsigned bf16_bits(float low, float high) {
  return unsigned{to_bf16(low).bits} | unsigned{to_bf16(high).bits} << 16;
}

// y, which the kernel writes: not through the cache of what is only read.
WEFT_DEVICE void add_vector(float (&v)[4], const float* p) {
  const float4 y = load4(p);
  v[0] += y.x;
  v[1] += y.y;
  v[2] += y.z;
  v[3] += y.w;
}
WEFT_DEVICE void add_pair(float& first, float& second, unsigned pair) {
  first += __uint_as_float(pair << 16);
  second += __uint_as_float(pair & 0xFFFF0000u);
}
WEFT_DEVICE void add_vector(float (&v)[4], const Bf16* p) {
  const uint2 y = load_uint2(p);
  add_pair(v[0], v[1], y.x);
  add_pair(v[2], v[3], y.y);
}
WEFT_DEVICE void add_vector(float (&v)[8], const Bf16* p) {
  const uint4 y = load_uint4(p);
  add_pair(v[0], v[1], y.x);
  add_pair(v[2], v[3], y.y);
  add_pair(v[4], v[5], y.z);
  add_pair(v[6], v[7], y.w);
}
WEFT_DEVICE float value_at(const float* p) { return *p; }
WEFT_DEVICE float value_at(const Bf16* p) { return to_float(*p); }

// y goes out first when a cache is full: it is not read here, and x should stay.
WEFT_DEVICE void store_vector(float* p, const float (&v)[4]) {
  store4_once(p, make_float4(v[0], v[1], v[2], v[3]));
}
WEFT_DEVICE void store_vector(Bf16* p, const float (&v)[4]) {
  __stcs(reinterpret_cast<uint2*>(p), make_uint2(bf16_bits(v[0], v[1]), bf16_bits(v[2], v[3])));
}
WEFT_DEVICE void store_vector(Bf16* p, const float (&v)[8]) {
  __stcs(reinterpret_cast<uint4*>(p), make_uint4(bf16_bits(v[0], v[1]), bf16_bits(v[2], v[3]),
                                                 bf16_bits(v[4], v[5]), bf16_bits(v[6], v[7])));
}

WEFT_DEVICE void store_pair(float* p, float first, float second) {
  __stcs(reinterpret_cast<float2*>(p), make_float2(first, second));
}
WEFT_DEVICE void store_pair(Bf16* p, float first, float second) {
  __stcs(reinterpret_cast<unsigned*>(p), bf16_bits(first, second));
}
WEFT_DEVICE void store_one(float* p, float v) { __stcs(p, v); }
WEFT_DEVICE void store_one(Bf16* p, float v) { __stcs(&p->bits, to_bf16(v).bits); }

}  // namespace detail

template <int kPerLane, bool kNeighbours>
struct LaneColumns {
  static constexpr int kCount = kPerLane;
  static constexpr bool kVectors = kNeighbours;

  std::int64_t first;  // column
  int step;            // to the next one
  int count;           // how many of them the matrix has

  /// Those of this thread in panel blockIdx.y of a matrix.
  WEFT_DEVICE static LaneColumns of_thread(int lanes, std::int64_t columns) {
    const int lane = static_cast<int>(threadIdx.x) % lanes;
    LaneColumns mine;
    mine.first = std::int64_t{blockIdx.y} * (lanes * kCount) + (kVectors ? lane * kCount : lane);
    mine.step = kVectors ? 1 : lanes;
    mine.count = 0;
    for (int i = 0; i < kCount; ++i) mine.count += mine.first + i * mine.step < columns ? 1 : 0;
    return mine;
  }

  /// Which lane of a group has a column of the panel, and as which of its own.
  WEFT_DEVICE static int lane_of(int column, int lanes) {
    return kVectors ? column / kCount : column % lanes;
  }
  WEFT_DEVICE static int index_of(int column, int lanes) {
    return kVectors ? column % kCount : column / lanes;
  }

  /// Whether they are one access.
  WEFT_DEVICE bool whole() const { return kVectors && count == kCount; }

  /// `p` is where the first column of some row lies.
  template <class T>
  WEFT_DEVICE void load_whole(Stored<T, kCount>& to, const T* p) const {
    detail::load_vector(to, p);
  }
  template <class T>
  WEFT_DEVICE void load_few(Stored<T, kCount>& to, const T* p) const {
    to = {};
    for (int i = 0; i < kCount; ++i) {
      if (kVectors && i % 2 == 0 && i + 1 < count) {
        to.load_pair(i, p + i);
      } else if (i < count && !in_pair(i)) {
        to.load_one(i, p + i * step);
      }
    }
  }

  /// Adds what lies at p, which this thread alone writes.
  template <class T>
  WEFT_DEVICE void add(const T* p, float (&values)[kCount]) const {
    if constexpr (kVectors) {
      if (whole()) {
        detail::add_vector(values, p);
        return;
      }
    }
    for (int i = 0; i < kCount; ++i) {
      if (i < count) values[i] += detail::value_at(p + i * step);
    }
  }

  template <class T>
  WEFT_DEVICE void store(T* p, const float (&values)[kCount]) const {
    if constexpr (kVectors) {
      if (whole()) {
        detail::store_vector(p, values);
        return;
      }
    }
    for (int i = 0; i < kCount; ++i) {
      if (kVectors && i % 2 == 0 && i + 1 < count) {
        detail::store_pair(p + i, values[i], values[i + 1]);
      } else if (i < count && !in_pair(i)) {
        detail::store_one(p + i * step, values[i]);
      }
    }
  }

 private:
  /// Whether column i has moved together with the one before it.
  WEFT_DEVICE bool in_pair(int i) const { return kVectors && i % 2 == 1; }
};

}  // namespace weft::WEFT_DEVICE_NS
