// The multiply-add of loops that have no instruction for it, against the C library's, bit by bit. This file
// is compiled for the plain instruction set in a namespace of its own, as the portable loops are.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/cpu/simd.hpp"
#include "tests/support/random.hpp"

namespace weft::testing {
namespace {

namespace loops = cpu::WEFT_ISA_NS;

std::uint32_t bits_of(float v) {
  std::uint32_t bits;
  std::memcpy(&bits, &v, sizeof(bits));
  return bits;
}
float float_of(std::uint32_t bits) {
  float v;
  std::memcpy(&v, &bits, sizeof(v));
  return v;
}

/// Any NaN will do for a NaN: which one comes out differs between instructions too.
void expect_fused(const std::vector<float>& a, const std::vector<float>& b, const std::vector<float>& c) {
  for (std::size_t i = 0; i + loops::kLanes <= a.size(); i += loops::kLanes) {
    float got[loops::kLanes];
    loops::store(got, loops::fma(loops::load(&a[i]), loops::load(&b[i]), loops::load(&c[i])));
    for (std::size_t lane = 0; lane < loops::kLanes; ++lane) {
      const float wanted = std::fma(a[i + lane], b[i + lane], c[i + lane]);
      if (std::isnan(wanted) && std::isnan(got[lane])) continue;
      ASSERT_EQ(bits_of(got[lane]), bits_of(wanted))
          << a[i + lane] << " * " << b[i + lane] << " + " << c[i + lane] << " is " << wanted << ", not "
          << got[lane];
    }
  }
}

/// Numbers where rounding, underflow and overflow begin, and those that are none.
std::vector<float> hard_values() {
  using Limits = std::numeric_limits<float>;
  // Their product is a quarter of a double's place above the one below half a float's place of 1.
  constexpr float kBelow = 0x1.0p-12f - 886 * 0x1.0p-36f, kAbove = 0x1.0p-12f + 443 * 0x1.0p-35f;
  std::vector<float> values;
  for (const float v : {kBelow,
                        kAbove,
                        0.0f,
                        Limits::denorm_min(),
                        3 * Limits::denorm_min(),
                        Limits::min(),
                        std::nextafter(Limits::min(), 0.0f),
                        std::nextafter(Limits::min(), 1.0f),
                        0x1.0p-75f,
                        0x1.fffffep-75f,
                        0x1.000002p-64f,
                        0x1.0p-24f,
                        0x1.0p-25f,
                        0x1.000002p-25f,
                        0x1.fffffep-26f,
                        0.5f,
                        1.0f,
                        std::nextafter(1.0f, 0.0f),
                        std::nextafter(1.0f, 2.0f),
                        0x1.000ffep0f,
                        0x1.555556p0f,
                        3.0f,
                        0x1.fffffep11f,
                        0x1.0p24f,
                        0x1.000002p24f,
                        0x1.0p63f,
                        0x1.fffffep63f,
                        Limits::max(),
                        std::nextafter(Limits::max(), 0.0f),
                        Limits::infinity(),
                        Limits::quiet_NaN()}) {
    values.push_back(v);
    values.push_back(-v);
  }
  return values;
}

TEST(Fma, HasTheBitsOfTheLibrarysOnHardValues) {
  const std::vector<float> hard = hard_values();
  std::vector<float> a, b, c;
  for (const float x : hard) {
    for (const float y : hard) {
      for (const float z : hard) {
        a.push_back(x);
        b.push_back(y);
        c.push_back(z);
      }
    }
  }
  a.resize(a.size() / loops::kLanes * loops::kLanes);
  expect_fused(a, b, c);
}

TEST(Fma, HasTheBitsOfTheLibrarysOnRandomBits) {
  WEFT_TEST_RANDOM(random);
  std::vector<float> a(1 << 20), b(a.size()), c(a.size());
  for (auto* values : {&a, &b, &c}) {
    for (float& v : *values) v = float_of(static_cast<std::uint32_t>(random.below(std::int64_t{1} << 32)));
  }
  expect_fused(a, b, c);
}

/// Sums that all but cancel, or whose smaller part lies where the larger one's rounding is decided.
TEST(Fma, HasTheBitsOfTheLibrarysNextToItsProduct) {
  WEFT_TEST_RANDOM(random);
  std::vector<float> a(1 << 20), b(a.size()), c(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = std::ldexp(random.value(), static_cast<int>(random.below(160)) - 80);
    b[i] = std::ldexp(random.value(), static_cast<int>(random.below(160)) - 80);
    const int shift = random.below(2) == 0 ? 0 : static_cast<int>(random.below(80)) - 40;
    c[i] = std::ldexp(random.below(2) == 0 ? -a[i] * b[i] : 1.0f, shift);
    if (random.below(4) == 0) c[i] = std::nextafter(c[i], 0.0f);
  }
  expect_fused(a, b, c);
}

}  // namespace
}  // namespace weft::testing
