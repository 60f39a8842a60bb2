// gemm, gemm_nt and gemm_tn against the reference, in every storage, and their bits.
#include "tests/reference/gemm.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

struct Sizes {
  std::int64_t n;
  std::int64_t k;
  std::int64_t h;
};

// Every rest of a tile and a panel on each instruction set, no rows, an empty sum, and more rows than one
// block.
constexpr Sizes kSizes[] = {{0, 5, 7},     {1, 1, 1},     {5, 0, 9},     {7, 31, 33},  {13, 32, 31},
                            {14, 33, 32},  {15, 7, 64},   {64, 40, 257}, {130, 3, 40}, {29, 257, 1},
                            {131, 64, 15}, {3000, 9, 20}, {257, 128, 16}};

std::string text(const Sizes& s) {
  return "n " + std::to_string(s.n) + ", k " + std::to_string(s.k) + ", h " + std::to_string(s.h);
}

/// How the factors lie, and the product.
struct How {
  Storage a = {};
  Storage b = {Layout::kTight};
  Storage c = {};
  std::vector<float> before = {};  // what c holds, which the product is added to; empty: it is overwritten

  float beta() const { return before.empty() ? 0.0f : 1.0f; }
};

/// c, for a product to overwrite or to add to.
GuardedMatrix output(Backend& backend, std::int64_t rows, std::int64_t cols, const How& how) {
  return how.before.empty() ? GuardedMatrix(backend, rows, cols, how.c)
                            : GuardedMatrix(backend, rows, cols, how.before, how.c);
}

std::vector<float> run_gemm(Backend& backend, const Sizes& s, const std::vector<float>& a,
                            const std::vector<float>& b, const std::vector<float>& bias,
                            const How& how = {}) {
  const GuardedMatrix left(backend, s.n, s.k, a, how.a);
  const GuardedMatrix right(backend, s.k, s.h, b, how.b);
  const GuardedVec<float> add(backend, bias);
  const GuardedMatrix out = output(backend, s.n, s.h, how);
  run_guarded(backend, Gemm{left.view(), right.view(), out.view(), add.view(), how.beta()});
  return out.values();
}

std::vector<float> run_gemm_nt(Backend& backend, const Sizes& s, const std::vector<float>& a,
                               const std::vector<float>& b, const How& how = {}) {
  const GuardedMatrix left(backend, s.n, s.k, a, how.a);
  const GuardedMatrix right(backend, s.h, s.k, b, how.b);
  const GuardedMatrix out = output(backend, s.n, s.h, how);
  run_guarded(backend, GemmNt{left.view(), right.view(), out.view(), how.beta()});
  return out.values();
}

/// c [k, h] += a^T b for a [n, k], b [n, h].
std::vector<float> run_gemm_tn(Backend& backend, const Sizes& s, const std::vector<float>& a,
                               const std::vector<float>& b, const std::vector<float>& start,
                               const How& how = {}) {
  const GuardedMatrix left(backend, s.n, s.k, a, how.a);
  const GuardedMatrix right(backend, s.n, s.h, b, how.b);
  const GuardedMatrix out(backend, s.k, s.h, start, how.c);
  run_guarded(backend, GemmTn{left.view(), right.view(), out.view()});
  return out.values();
}

class GemmTest : public BackendTest {};

TEST_P(GemmTest, MultipliesAndAddsTheBias) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : kSizes) {
    SCOPED_TRACE(text(s));
    const auto a = random.values(s.n * s.k);
    const auto b = random.values(s.k * s.h);
    const auto bias = random.values(s.h);
    expect_within(run_gemm(*backend_, s, a, b, {}), reference::gemm({a, s.k}, {b, s.h}, s.n, s.k, s.h));
    expect_within(run_gemm(*backend_, s, a, b, bias),
                  reference::gemm({a, s.k}, {b, s.h}, s.n, s.k, s.h, bias));
  }
}

TEST_P(GemmTest, MultipliesByATransposedMatrix) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : kSizes) {
    SCOPED_TRACE(text(s));
    const auto a = random.values(s.n * s.k);
    const auto b = random.values(s.h * s.k);
    expect_within(run_gemm_nt(*backend_, s, a, b), reference::gemm({a, s.k}, {b, s.k, true}, s.n, s.k, s.h));
  }
}

TEST_P(GemmTest, AddsAProductOverTheRows) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : kSizes) {
    SCOPED_TRACE(text(s));
    const auto a = random.values(s.n * s.k);
    const auto b = random.values(s.n * s.h);
    const auto start = random.values(s.k * s.h);
    expect_within(run_gemm_tn(*backend_, s, a, b, start),
                  reference::gemm({a, s.k, true}, {b, s.h}, s.k, s.n, s.h, start));
  }
}

TEST_P(GemmTest, AddsAProductOfAFactorThatIsMostlyZeros) {
  WEFT_TEST_RANDOM(random);
  const Sizes s{5000, 19, 37};  // an odd product: what follows it in scratch must be aligned again
  const auto a = random.values(s.n * s.k), start = random.values(s.k * s.h);
  auto b = random.values(s.n * s.h);
  for (float& v : b) {
    if (random.below(4) != 0) v = 0.0f;
  }
  expect_within(run_gemm_tn(*backend_, s, a, b, start),
                reference::gemm({a, s.k, true}, {b, s.h}, s.k, s.n, s.h, start));
}

/// Every way in which both factors, of one type, and the product may lie: the product is no narrower than
/// they are.
std::vector<How> ways(const Backend& backend, bool product_may_be_narrow) {
  std::vector<How> all;
  for (const Storage& a : storages(backend)) {
    for (const Layout b : {Layout::kTight, Layout::kAligned, Layout::kOdd}) {
      for (const Storage& c : storages(backend)) {
        if (c.dtype == DType::kF32 || (product_may_be_narrow && a.dtype == DType::kBf16))
          all.push_back({a, {b, a.dtype}, c});
      }
    }
  }
  return all;
}

std::string text(const How& how) {
  return "a " + name_of(how.a) + ", b " + name_of(how.b) + ", c " + name_of(how.c);
}

constexpr Sizes kStoredSizes[] = {{9, 31, 40}, {33, 40, 7}, {4, 0, 9}};

/// The vendor's products may round to bfloat16 before they add the bias, and again behind it.
reference::Expected with_bias_as_stored(const Backend& backend, const reference::Expected& product,
                                        reference::Expected sum, DType dtype) {
  if (std::strcmp(backend.name(), "cuda") == 0) {
    const auto rounded = reference::as_stored(product, dtype);
    for (std::size_t i = 0; i < sum.bound.size(); ++i) sum.bound[i] += rounded.bound[i] - product.bound[i];
  }
  return reference::as_stored(std::move(sum), dtype);
}

TEST_P(GemmTest, ReadsAndWritesEveryStorage) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : kStoredSizes) {
    for (const How& how : ways(*backend_, true)) {
      SCOPED_TRACE(text(s) + ", " + text(how));
      const auto a = stored(random.values(s.n * s.k), how.a.dtype);
      const auto b = stored(random.values(s.k * s.h), how.b.dtype), bias = random.values(s.h);
      const auto alone = reference::gemm({a, s.k}, {b, s.h}, s.n, s.k, s.h);
      const auto sum = reference::gemm({a, s.k}, {b, s.h}, s.n, s.k, s.h, stored(bias, how.c.dtype));
      expect_within(run_gemm(*backend_, s, a, b, bias, how),
                    with_bias_as_stored(*backend_, alone, sum, how.c.dtype));
      const auto product = reference::gemm({a, s.k}, {b, s.k, true}, s.n, s.k, s.h);
      expect_within(run_gemm_nt(*backend_, s, a, b, how), reference::as_stored(product, how.c.dtype));
    }
  }
}

TEST_P(GemmTest, AddsAProductOfEveryStorage) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : kStoredSizes) {
    for (const How& how : ways(*backend_, false)) {
      SCOPED_TRACE(text(s) + ", " + text(how));
      const auto a = stored(random.values(s.n * s.k), how.a.dtype), start = random.values(s.k * s.h);
      const auto b = stored(random.values(s.n * s.h), how.b.dtype);
      expect_within(run_gemm_tn(*backend_, s, a, b, start, how),
                    reference::gemm({a, s.k, true}, {b, s.h}, s.k, s.n, s.h, start));
    }
  }
}

TEST_P(GemmTest, AddsToWhatTheOutputHolds) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : kSizes) {
    SCOPED_TRACE(text(s));
    const auto a = random.values(s.n * s.k), b = random.values(s.k * s.h), bias = random.values(s.h);
    const How how{{}, {}, {}, random.values(s.n * s.h)};
    for (const auto& with : {bias, std::vector<float>{}}) {
      const auto product = reference::gemm({a, s.k}, {b, s.h}, s.n, s.k, s.h, with);
      expect_within(run_gemm(*backend_, s, a, b, with, how), reference::plus(product, how.before));
    }
    const auto turned = reference::gemm({a, s.k}, {b, s.k, true}, s.n, s.k, s.h);
    expect_within(run_gemm_nt(*backend_, s, a, b, how), reference::plus(turned, how.before));
  }
}

TEST_P(GemmTest, AddsToOutputsOfEveryStorage) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : kStoredSizes) {
    for (How how : ways(*backend_, true)) {
      SCOPED_TRACE(text(s) + ", " + text(how));
      how.before = stored(random.values(s.n * s.h), how.c.dtype);
      const auto a = stored(random.values(s.n * s.k), how.a.dtype);
      const auto b = stored(random.values(s.k * s.h), how.b.dtype), bias = random.values(s.h);
      const auto alone = reference::gemm({a, s.k}, {b, s.h}, s.n, s.k, s.h);
      const auto sum = reference::gemm({a, s.k}, {b, s.h}, s.n, s.k, s.h, stored(bias, how.c.dtype));
      expect_within(run_gemm(*backend_, s, a, b, bias, how),
                    with_bias_as_stored(*backend_, alone, reference::plus(sum, how.before), how.c.dtype));
      const auto product = reference::gemm({a, s.k}, {b, s.k, true}, s.n, s.k, s.h);
      expect_within(
          run_gemm_nt(*backend_, s, a, b, how),
          with_bias_as_stored(*backend_, product, reference::plus(product, how.before), how.c.dtype));
    }
  }
}

TEST_P(GemmTest, RoundsTheProductBeforeItIsAdded) {
  if (std::strcmp(backend_->name(), "cuda") == 0)
    GTEST_SKIP() << "the vendor's products have orders of their own";
  // 1 + 2^-24 is rounded to 1, and 1 - 1 is 0; a chain that began with -1 would keep the 2^-24.
  const How how{{}, {}, {}, {-1.0f}};
  const std::vector<float> left = {1.0f, 0x1.0p-24f}, right = {1.0f, 1.0f};
  EXPECT_EQ(run_gemm(*backend_, {1, 2, 1}, left, right, {}, how), std::vector<float>{0.0f});
  EXPECT_EQ(run_gemm_nt(*backend_, {1, 2, 1}, left, right, how), std::vector<float>{0.0f});
  // So is the bias added: 1 + 2^-24 first.
  EXPECT_EQ(run_gemm(*backend_, {1, 1, 1}, {1.0f}, {1.0f}, {0x1.0p-24f}, how), std::vector<float>{0.0f});
}

TEST_P(GemmTest, RefusesFactorsThatAreStoredUnlike) {
  if (!backend_->stores_bf16()) GTEST_SKIP() << "one type only";
  const How how{{Layout::kTight, DType::kBf16}, {Layout::kTight, DType::kF32}, {}};
  const Sizes s{2, 2, 2};
  const std::vector<float> a(4, 1.0f);
  const std::string said = ": a is bfloat16 but b is float32; both factors must be stored alike";
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument, [&] { run_gemm(*backend_, s, a, a, {}, how); }),
            "gemm" + said);
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument, [&] { run_gemm_nt(*backend_, s, a, a, how); }),
            "gemm_nt" + said);
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument, [&] { run_gemm_tn(*backend_, s, a, a, a, how); }),
            "gemm_tn" + said);
}

TEST_P(GemmTest, FusesEveryMultiplyAdd) {
  if (std::strcmp(backend_->name(), "cuda") == 0)
    GTEST_SKIP() << "the vendor's products have orders of their own";
  // (1 + 2^-12)^2 - 1 has a last bit, 2^-24, that a product rounded on its own loses.
  const float one_and_a_bit = 1.0f + 0x1.0p-12f;
  const float exact = 0x1.0p-11f + 0x1.0p-24f;
  const std::vector<float> left = {-1.0f, one_and_a_bit};
  const std::vector<float> right = {1.0f, one_and_a_bit};
  EXPECT_EQ(run_gemm(*backend_, {1, 2, 1}, left, right, {}), std::vector<float>{exact});
  EXPECT_EQ(run_gemm_nt(*backend_, {1, 2, 1}, left, right), std::vector<float>{exact});
  EXPECT_EQ(run_gemm_tn(*backend_, {2, 1, 1}, left, right, {0.0f}), std::vector<float>{exact});
}

TEST_P(GemmTest, TakesABiasAtAnyFloat) {
  WEFT_TEST_RANDOM(random);
  const Sizes s{9, 5, 24};
  const auto a = random.values(s.n * s.k), b = random.values(s.k * s.h), bias = random.values(s.h);
  auto behind_one = bias;
  behind_one.insert(behind_one.begin(), 0.0f);
  const GuardedMatrix left(*backend_, s.n, s.k, a), right(*backend_, s.k, s.h, b), out(*backend_, s.n, s.h);
  const GuardedVec<float> add(*backend_, behind_one);
  run_guarded(*backend_, Gemm{left.view(), right.view(), out.view(), {add.data() + 1, s.h}});
  EXPECT_EQ(out.values(), run_gemm(*backend_, s, a, b, bias));
}

WEFT_ON_ALL_BACKENDS(GemmTest);

TEST(GemmBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : {Sizes{5000, 33, 40}, Sizes{513, 70, 65}, Sizes{2, 2, 2}}) {
    SCOPED_TRACE(text(s));
    const auto a = random.values(s.n * s.k);
    const auto b = random.values(s.k * s.h);
    const auto b_rows = random.values(s.n * s.h);
    const auto bias = random.values(s.h);
    const auto start = random.values(s.k * s.h);
    expect_same_bits([&](Backend& backend) {
      const How adding{{}, {}, {}, b_rows};
      return bytes_of(run_gemm(backend, s, a, b, bias), run_gemm_nt(backend, s, a, b),
                      run_gemm_tn(backend, s, a, b_rows, start), run_gemm(backend, s, a, b, bias, adding),
                      run_gemm_nt(backend, s, a, b, adding));
    });
  }
}

}  // namespace
}  // namespace weft::testing
