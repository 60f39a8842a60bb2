// gemm, gemm_nt and gemm_tn against the reference, and their bits across instruction sets and thread counts.
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

std::vector<float> run_gemm(Backend& backend, const Sizes& s, const std::vector<float>& a,
                            const std::vector<float>& b, const std::vector<float>& bias) {
  const GuardedMatrix left(backend, s.n, s.k, a);
  const GuardedMatrix right(backend, s.k, s.h, b, 0);
  const GuardedVec<float> add(backend, bias);
  const GuardedMatrix out(backend, s.n, s.h);
  ScratchStream stream(backend, backend.gemm_scratch(s.n, s.k, s.h));
  backend.gemm(stream, left.view(), right.view(), out.view(), add.view());
  return out.values();
}

std::vector<float> run_gemm_nt(Backend& backend, const Sizes& s, const std::vector<float>& a,
                               const std::vector<float>& b) {
  const GuardedMatrix left(backend, s.n, s.k, a);
  const GuardedMatrix right(backend, s.h, s.k, b);
  const GuardedMatrix out(backend, s.n, s.h, 0);
  ScratchStream stream(backend, backend.gemm_nt_scratch(s.n, s.k, s.h));
  backend.gemm_nt(stream, left.view(), right.view(), out.view());
  return out.values();
}

/// c [k, h] += a^T b for a [n, k], b [n, h].
std::vector<float> run_gemm_tn(Backend& backend, const Sizes& s, const std::vector<float>& a,
                               const std::vector<float>& b, const std::vector<float>& start) {
  const GuardedMatrix left(backend, s.n, s.k, a);
  const GuardedMatrix right(backend, s.n, s.h, b, 5);
  const GuardedMatrix out(backend, s.k, s.h, start);
  ScratchStream stream(backend, backend.gemm_tn_scratch(s.n, s.k, s.h));
  backend.gemm_tn(stream, left.view(), right.view(), out.view());
  return out.values();
}

class Gemm : public ::testing::TestWithParam<BackendCase> {
 protected:
  std::unique_ptr<Backend> backend_ = GetParam().make();
};

TEST_P(Gemm, MultipliesAndAddsTheBias) {
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

TEST_P(Gemm, MultipliesByATransposedMatrix) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : kSizes) {
    SCOPED_TRACE(text(s));
    const auto a = random.values(s.n * s.k);
    const auto b = random.values(s.h * s.k);
    expect_within(run_gemm_nt(*backend_, s, a, b), reference::gemm({a, s.k}, {b, s.k, true}, s.n, s.k, s.h));
  }
}

TEST_P(Gemm, AddsAProductOverTheRows) {
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

TEST_P(Gemm, FusesEveryMultiplyAdd) {
  // (1 + 2^-12)^2 - 1 has a last bit, 2^-24, that a product rounded on its own loses.
  const float one_and_a_bit = 1.0f + 0x1.0p-12f;
  const float exact = 0x1.0p-11f + 0x1.0p-24f;
  const std::vector<float> left = {-1.0f, one_and_a_bit};
  const std::vector<float> right = {1.0f, one_and_a_bit};
  EXPECT_EQ(run_gemm(*backend_, {1, 2, 1}, left, right, {}), std::vector<float>{exact});
  EXPECT_EQ(run_gemm_nt(*backend_, {1, 2, 1}, left, right), std::vector<float>{exact});
  EXPECT_EQ(run_gemm_tn(*backend_, {2, 1, 1}, left, right, {0.0f}), std::vector<float>{exact});
}

INSTANTIATE_TEST_SUITE_P(Backends, Gemm, ::testing::ValuesIn(all_backends()), backend_name);

TEST(GemmBits, AreTheSameOnEveryInstructionSetAndThreadCount) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : {Sizes{5000, 33, 40}, Sizes{513, 70, 65}, Sizes{2, 2, 2}}) {
    const auto a = random.values(s.n * s.k);
    const auto b = random.values(s.k * s.h);
    const auto b_rows = random.values(s.n * s.h);
    const auto bias = random.values(s.h);
    const auto start = random.values(s.k * s.h);
    std::vector<std::vector<float>> first;
    for (const BackendCase& which : equal_backends()) {
      SCOPED_TRACE(which.name + ", " + text(s));
      const auto backend = which.make();
      const std::vector<std::vector<float>> got = {run_gemm(*backend, s, a, b, bias),
                                                   run_gemm_nt(*backend, s, a, b),
                                                   run_gemm_tn(*backend, s, a, b_rows, start)};
      if (first.empty()) first = got;
      for (std::size_t op = 0; op < got.size(); ++op) {
        EXPECT_EQ(std::memcmp(got[op].data(), first[op].data(), got[op].size() * sizeof(float)), 0)
            << "op " << op;
      }
    }
  }
}

TEST(GemmScratch, StaysSmallAtTheSizesOfTraining) {
  for (const int threads : {1, 2, 7}) {
    const auto backend = make_cpu_backend({threads, Isa::kAuto});
    EXPECT_LE(backend->gemm_tn_scratch(169343, 256, 256), std::size_t{20} << 20);
    EXPECT_LE(backend->gemm_scratch(169343, 256, 256), std::size_t{1} << 20);
  }
}

}  // namespace
}  // namespace weft::testing
