#pragma once
// Vectors of floats, as wide as the instruction set this file is compiled for. Only files that are compiled
// once per set include it (WEFT_ISA_NS names the set), and everything here is in that set's namespace or has
// no linkage: an inline function shared between objects of different sets could be kept in the copy the
// machine cannot run. For the same reason those files use no standard-library function.
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define WEFT_INLINE inline __attribute__((always_inline))

namespace weft::cpu::WEFT_ISA_NS {

#if defined(__AVX512F__)
inline constexpr int kLanes = 16;
#elif defined(__AVX2__)
inline constexpr int kLanes = 8;
#else
inline constexpr int kLanes = 4;
#endif

/// kLanes floats; +, -, * and / act lane by lane. The alias may lie at any float's address.
typedef float Floats __attribute__((vector_size(kLanes * sizeof(float)), may_alias));
typedef float UnalignedFloats
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(alignof(float)), may_alias));

static WEFT_INLINE Floats load(const float* p) { return *reinterpret_cast<const UnalignedFloats*>(p); }
static WEFT_INLINE void store(float* p, Floats v) { *reinterpret_cast<UnalignedFloats*>(p) = v; }
static WEFT_INLINE Floats broadcast(float v) {
#if defined(__AVX512F__)
  return _mm512_set1_ps(v);
#elif defined(__AVX2__)
  return _mm256_set1_ps(v);
#else
  return v - Floats{};  // not 0 + v, which would turn -0 into 0
#endif
}

#if defined(__AVX2__) && !defined(__AVX512F__)
/// All bits set in the first `count` lanes.
static WEFT_INLINE __m256i first_lanes(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

/// The first `count` (0 .. kLanes) lanes from memory, the others 0; nothing past them is read.
static WEFT_INLINE Floats load_first(const float* p, int count) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), p);
#elif defined(__AVX2__)
  return _mm256_maskload_ps(p, first_lanes(count));
#else
  Floats v{};
  for (int lane = 0; lane < count; ++lane) v[lane] = p[lane];
  return v;
#endif
}
static WEFT_INLINE void store_first(float* p, Floats v, int count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << count) - 1), v);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(p, first_lanes(count), v);
#else
  for (int lane = 0; lane < count; ++lane) p[lane] = v[lane];
#endif
}

/// Stores past the caches; p at a multiple of the vector's size. Other threads see it after finish_streams().
static WEFT_INLINE void stream(float* p, Floats v) {
#if defined(__AVX512F__)
  _mm512_stream_ps(p, v);
#elif defined(__AVX2__)
  _mm256_stream_ps(p, v);
#elif defined(__SSE2__)
  _mm_stream_ps(p, v);
#else
  store(p, v);
#endif
}
static WEFT_INLINE void finish_streams() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

#if defined(__SSE2__) && !defined(__FMA__)
/// a * b + c of floats, rounded to odd: exact where a double holds it, else the neighbour whose last bit is
/// set, so that rounding it to float is as rounding the exact sum. The product is exact; the sum's error is
/// found by Knuth's TwoSum, and where it is not zero an even sum moves by one place towards it. Infinities
/// and NaN have no error that compares. Source: Boldo, Melquiond, "Emulation of FMA and correctly rounded
/// sums: proved algorithms using rounding to odd", 2008.
static WEFT_INLINE __m128d fma_to_odd(__m128d a, __m128d b, __m128d c) {
  const __m128d product = a * b;
  const __m128d sum = product + c;
  const __m128d from_c = sum - product;
  const __m128d error = (product - (sum - from_c)) + (c - from_c);
  const __m128i inexact = reinterpret_cast<__m128i>((error < 0.0) | (error > 0.0));
  const auto bits = reinterpret_cast<__m128i>(sum);
  const __m128i one = _mm_set1_epi64x(1);
  const __m128i even = (bits & one) - one;
  const __m128i away = _mm_srli_epi64(bits ^ reinterpret_cast<__m128i>(error), 63);
  const __m128i step = one - (away + away);
  return reinterpret_cast<__m128d>(bits + (step & inexact & even));
}
#endif

/// a * b + c with one rounding, with an FMA instruction or without: the same bits.
static WEFT_INLINE Floats fma(Floats a, Floats b, Floats c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__FMA__)
  return _mm256_fmadd_ps(a, b, c);
#elif defined(__aarch64__)
  return vfmaq_f32(c, a, b);
#elif defined(__SSE2__)
  const __m128 low = _mm_cvtpd_ps(fma_to_odd(_mm_cvtps_pd(a), _mm_cvtps_pd(b), _mm_cvtps_pd(c)));
  const __m128 high =
      _mm_cvtpd_ps(fma_to_odd(_mm_cvtps_pd(_mm_movehl_ps(a, a)), _mm_cvtps_pd(_mm_movehl_ps(b, b)),
                              _mm_cvtps_pd(_mm_movehl_ps(c, c))));
  return _mm_movelh_ps(low, high);
#else
  for (int lane = 0; lane < kLanes; ++lane) c[lane] = __builtin_fmaf(a[lane], b[lane], c[lane]);
  return c;
#endif
}

}  // namespace weft::cpu::WEFT_ISA_NS
