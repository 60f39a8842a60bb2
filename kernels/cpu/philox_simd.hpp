#pragma once
// The words of kernels/base/philox.hpp, several counters at once. Included by files that are compiled once
// per instruction set.
#include "kernels/base/philox.hpp"
#include "kernels/cpu/simd.hpp"

namespace weft::cpu::WEFT_ISA_NS {

/// Words of random bits, as many as a vector of floats has lanes.
typedef std::uint32_t Words __attribute__((vector_size(kLanes * sizeof(std::uint32_t))));
typedef std::uint64_t Products __attribute__((vector_size(kLanes * sizeof(std::uint32_t))));

/// The words of 2 * kLanes neighbouring columns.
struct WordPair {
  Words first;
  Words second;
};
constexpr int kPairColumns = 2 * kLanes;

/// The full products of the low halves of each lane.
static WEFT_INLINE Products multiply_low(Products a, Products b) {
#if defined(__AVX512F__)
  // With a mask of ones it is the plain product, without GCC 12's false warning about the plain intrinsic.
  return reinterpret_cast<Products>(
      _mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__AVX2__)
  return reinterpret_cast<Products>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__SSE2__)
  return reinterpret_cast<Products>(
      _mm_mul_epu32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
  return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

/// Which of the pair's quads each lane computes: such that interleaving the lanes of two vectors, which works
/// within 128 bits, leaves the quads in column order.
static WEFT_INLINE Products lane_quads() {
  Products quads{};
  for (int lane = 0; lane < kLanes / 2; ++lane) {
    quads[lane] = static_cast<std::uint64_t>(lane / 2 + (lane % 2) * (kLanes / 4));
  }
  return quads;
}

static WEFT_INLINE WordPair interleave(Products low, Products high) {
#if defined(__AVX512F__)
  const Products first = __builtin_shufflevector(low, high, 0, 8, 2, 10, 4, 12, 6, 14);
  const Products second = __builtin_shufflevector(low, high, 1, 9, 3, 11, 5, 13, 7, 15);
#elif defined(__AVX2__)
  const Products first = __builtin_shufflevector(low, high, 0, 4, 2, 6);
  const Products second = __builtin_shufflevector(low, high, 1, 5, 3, 7);
#else
  const Products first = __builtin_shufflevector(low, high, 0, 2);
  const Products second = __builtin_shufflevector(low, high, 1, 3);
#endif
  return {reinterpret_cast<Words>(first), reinterpret_cast<Words>(second)};
}

/// random_quad(key, row, quad .. quad + kLanes / 2 - 1), in column order. Each 64-bit lane runs one counter:
/// a round needs the full products of 32-bit words, and what is left above a word's 32 bits never reaches a
/// lower one.
static WEFT_INLINE WordPair random_words(std::uint32_t key0, std::uint32_t key1, std::int64_t row,
                                         std::uint32_t quad) {
  const auto id = static_cast<std::uint64_t>(row);
  const Products m0 = Products{} + kPhiloxM0, m1 = Products{} + kPhiloxM1;
  Products c0 = lane_quads() + quad, c1 = Products{} + id, c2 = Products{} + (id >> 32), c3{};
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const Products p0 = multiply_low(c0, m0), p1 = multiply_low(c2, m1);
    c0 = (p1 >> 32) ^ c1 ^ (Products{} + key0);
    c1 = p1;
    c2 = (p0 >> 32) ^ c3 ^ (Products{} + key1);
    c3 = p0;
    key0 += kPhiloxW0;
    key1 += kPhiloxW1;
  }
  const Products word = Products{} + 0xffffffffu;
  return interleave((c0 & word) | (c1 << 32), (c2 & word) | (c3 << 32));
}

}  // namespace weft::cpu::WEFT_ISA_NS
