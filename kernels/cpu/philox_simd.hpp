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

/// The four words of each lane's counter. Each 64-bit lane runs one: a round needs the full products of
/// 32-bit words, and what is left above a word's 32 bits never reaches a lower one.
struct Counters {
  Products c0, c1, c2, c3;
};

static WEFT_INLINE void philox_round(Counters& c, Products key0, Products key1) {
  const Products p0 = multiply_low(c.c0, Products{} + kPhiloxM0);
  const Products p1 = multiply_low(c.c2, Products{} + kPhiloxM1);
  c = {(p1 >> 32) ^ c.c1 ^ key0, p1, (p0 >> 32) ^ c.c3 ^ key1, p0};
}

/// random_quad(key, row, quad .. quad + kLanes / 2 - 1), in column order.
static WEFT_INLINE WordPair random_words(std::uint32_t key0, std::uint32_t key1, std::int64_t row,
                                         std::uint32_t quad) {
  const auto id = static_cast<std::uint64_t>(row);
  Counters c{lane_quads() + quad, Products{} + id, Products{} + (id >> 32), {}};
  for (int round = 0; round < kPhiloxRounds; ++round) {
    philox_round(c, Products{} + key0, Products{} + key1);
    key0 += kPhiloxW0;
    key1 += kPhiloxW1;
  }
  const Products word = Products{} + 0xffffffffu;
  return interleave((c.c0 & word) | (c.c1 << 32), (c.c2 & word) | (c.c3 << 32));
}

}  // namespace weft::cpu::WEFT_ISA_NS
