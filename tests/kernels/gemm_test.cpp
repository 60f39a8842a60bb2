// gemm, gemm_nt and gemm_tn against the reference, and their bits across instruction sets and thread counts.
#include "tests/reference/gemm.hpp"

#include <gtest/gtest.h>

#include <cmath>

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

TEST_P(Gemm, ReadsNoNanThatIsNotThere) {
  // Rests of tiles are filled up with zeros, never with what lies beside: infinities in one column stay
  // there.
  const Sizes s{9, 5, 37};
  std::vector<float> a(static_cast<std::size_t>(s.n * s.k), 1.0f);
  std::vector<float> b(static_cast<std::size_t>(s.k * s.h), 1.0f);
  for (std::int64_t i = 0; i < s.k; ++i) b[static_cast<std::size_t>(i * s.h + 20)] = HUGE_VALF;
  const auto c = run_gemm(*backend_, s, a, b, {});
  for (std::size_t i = 0; i < c.size(); ++i) EXPECT_EQ(c[i], i % 37 == 20 ? HUGE_VALF : 5.0f) << i;
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
