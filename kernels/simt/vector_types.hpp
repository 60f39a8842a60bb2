#pragma once
// CUDA's small vectors: same members, sizes and alignments.
#include <cstdint>

namespace weft::simt {

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct uint3 {
  unsigned x, y, z;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return {x, y, z}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

/// A size that no 32-bit field holds becomes 0, which every launch refuses; CUDA would cut it off in silence.
struct dim3 {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;

  constexpr dim3(std::int64_t x_size = 1, std::int64_t y_size = 1, std::int64_t z_size = 1)
      : x(field(x_size)), y(field(y_size)), z(field(z_size)) {}

 private:
  static constexpr unsigned field(std::int64_t size) {
    return size > 0 && size <= INT64_C(0xFFFFFFFF) ? static_cast<unsigned>(size) : 0u;
  }
};

}  // namespace weft::simt
