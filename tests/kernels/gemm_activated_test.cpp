// gemm_activated and gemm_tn_activated against activate followed by the product in the reference, for every
// combination of a block's parts, and against the same two ops of the same backend.
#include <gtest/gtest.h>

#include "tests/reference/gemm.hpp"
#include "tests/support/activation_problem.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

/// f(x) b + bias, or start + f(x)^T b.
std::vector<float> run(Backend& backend, const ActivationProblem& p, const std::vector<float>& b,
                       std::int64_t h, const std::vector<float>& bias, const Storage& storage = {}) {
  const OnBackend inputs(backend, p);
  const GuardedMatrix x(backend, p.n, p.c, to_float(p.x), storage), right(backend, p.c, h, b, storage);
  const GuardedMatrix out(backend, p.n, h, storage);
  const GuardedVec<float> add(backend, bias);
  run_guarded(backend, GemmActivated{x.view(), inputs.block(), right.view(), out.view(), add.view()});
  return out.values();
}

std::vector<float> run_tn(Backend& backend, const ActivationProblem& p, const std::vector<float>& b,
                          std::int64_t h, const std::vector<float>& start, const Storage& storage = {}) {
  const OnBackend inputs(backend, p);
  const GuardedMatrix x(backend, p.n, p.c, to_float(p.x), storage), right(backend, p.n, h, b, storage);
  const GuardedMatrix out(backend, p.c, h, start);
  run_guarded(backend, GemmTnActivated{x.view(), inputs.block(), right.view(), out.view()});
  return out.values();
}

std::vector<float> activated(Backend& backend, const ActivationProblem& p) {
  const OnBackend inputs(backend, p);
  const GuardedMatrix x(backend, p.n, p.c, to_float(p.x)), y(backend, p.n, p.c);
  run_guarded(backend, Activate{x.view(), inputs.block(), y.view()});
  return y.values();
}

/// A reference product of f(x) that also forgives what f(x) is off by: `bound` of it, times the other factor.
reference::Expected product(const ActivationProblem& p, const std::vector<float>& b, std::int64_t h,
                            bool transposed, const std::vector<float>& start, DType dtype) {
  const auto f = reference::as_stored(reference::activate(p), dtype);
  const std::int64_t rows = transposed ? p.c : p.n, terms = transposed ? p.n : p.c;
  reference::Expected out(rows * h);
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < h; ++j) {
      const auto at = static_cast<std::size_t>(i * h + j);
      const double initial = start.empty() ? 0.0 : static_cast<double>(start[at % start.size()]);
      double sum = initial, magnitude = std::abs(initial), inherited = 0.0;
      for (std::int64_t s = 0; s < terms; ++s) {
        const std::size_t left = transposed ? p.at(s, i) : p.at(i, s);
        const double right = static_cast<double>(b[static_cast<std::size_t>(s * h + j)]);
        sum += f.value[left] * right;
        magnitude += std::abs(f.value[left] * right);
        inherited += f.bound[left] * std::abs(right);
      }
      out.value[at] = sum;
      out.bound[at] = static_cast<double>(terms + 2) * reference::kUnit * magnitude + 2.0 * inherited;
    }
  }
  return out;
}

struct Sizes {
  std::int64_t n, c, h;
};

// Rows around a block of 64 and beyond a part of 1024; columns around a word of 64 bits and around panels of
// every instruction set.
constexpr Sizes kSizes[] = {{1, 1, 1},     {63, 64, 40},  {64, 65, 31},   {65, 63, 33}, {130, 129, 129},
                            {3, 200, 257}, {70, 40, 512}, {2600, 7, 100}, {0, 4, 3},    {5, 0, 9}};

constexpr int kParts[] = {0, kNorm | kRelu | kDrop | kRowIds, kRelu, kDrop};

class GemmActivatedTest : public BackendTest {
 protected:
  /// Calls body(random, problem, columns of the other factor) for every shape and kind of block.
  template <class Body>
  static void for_each_problem(const Body& body) {
    WEFT_TEST_RANDOM(random);
    for (const Sizes& s : kSizes) {
      for (const int parts : kParts) {
        SCOPED_TRACE(std::to_string(s.n) + " x " + std::to_string(s.c) + " x " + std::to_string(s.h) +
                     ", parts " + std::to_string(parts));
        body(random, make_problem(random, s.n, s.c, parts), s.h);
      }
    }
  }
};

TEST_P(GemmActivatedTest, MultipliesWhatTheBlockMakes) {
  for_each_problem([&](Random& random, const ActivationProblem& p, std::int64_t h) {
    const auto b = random.values(p.c * h), bias = random.values(h);
    expect_within(run(*backend_, p, b, h, {}), product(p, b, h, false, {}, DType::kF32));
    expect_within(run(*backend_, p, b, h, bias), product(p, b, h, false, bias, DType::kF32));
  });
}

TEST_P(GemmActivatedTest, AddsTheProductOverTheRows) {
  for_each_problem([&](Random& random, const ActivationProblem& p, std::int64_t h) {
    const auto b = random.values(p.n * h), start = random.values(p.c * h);
    expect_within(run_tn(*backend_, p, b, h, start), product(p, b, h, true, start, DType::kF32));
  });
}

TEST_P(GemmActivatedTest, ReadsEveryStorage) {
  WEFT_TEST_RANDOM(random);
  const Sizes s{66, 70, 35};
  for (const Storage& storage : storages(*backend_)) {
    SCOPED_TRACE(name_of(storage));
    const ActivationProblem p = make_problem(random, s.n, s.c, kNorm | kRelu | kDrop, storage.dtype);
    const auto b = stored(random.values(s.c * s.h), storage.dtype);
    expect_within(run(*backend_, p, b, s.h, {}, storage),
                  reference::as_stored(product(p, b, s.h, false, {}, storage.dtype), storage.dtype));
    const auto b_rows = stored(random.values(s.n * s.h), storage.dtype), start = random.values(s.c * s.h);
    expect_within(run_tn(*backend_, p, b_rows, s.h, start, storage),
                  product(p, b_rows, s.h, true, start, storage.dtype));
  }
}

TEST_P(GemmActivatedTest, HasTheBitsOfTheTwoOps) {
  WEFT_TEST_RANDOM(random);
  const Sizes s{2500, 130, 70};
  ActivationProblem p = make_problem(random, s.n, s.c, kNorm | kRelu | kDrop);
  const auto b = random.values(s.c * s.h), b_rows = random.values(s.n * s.h), none = std::vector<float>();
  ActivationProblem made;  // of no parts: what the ops read is what they multiply
  made.n = s.n;
  made.c = s.c;
  for (const float v : activated(*backend_, p)) made.x.push_back(static_cast<double>(v));
  EXPECT_EQ(run(*backend_, p, b, s.h, none), run(*backend_, made, b, s.h, none));

  const GuardedMatrix x(*backend_, s.n, s.c, to_float(made.x)), right(*backend_, s.c, s.h, b);
  const GuardedMatrix rows(*backend_, s.n, s.h, b_rows), y(*backend_, s.n, s.h);
  const GuardedMatrix gradient(*backend_, s.c, s.h, std::vector<float>(static_cast<std::size_t>(s.c * s.h)));
  run_guarded(*backend_, Gemm{x.view(), right.view(), y.view()});
  EXPECT_EQ(run(*backend_, p, b, s.h, none), y.values());
  run_guarded(*backend_, GemmTn{x.view(), rows.view(), gradient.view()});
  EXPECT_EQ(run_tn(*backend_, p, b_rows, s.h, std::vector<float>(static_cast<std::size_t>(s.c * s.h))),
            gradient.values());
}

WEFT_ON_ALL_BACKENDS(GemmActivatedTest);

TEST(GemmActivatedBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : {Sizes{2500, 130, 70}, Sizes{65, 64, 129}, Sizes{2, 2, 2}}) {
    const ActivationProblem p = make_problem(random, s.n, s.c, kNorm | kRelu | kDrop);
    const auto b = random.values(s.c * s.h), b_rows = random.values(s.n * s.h);
    const auto bias = random.values(s.h), start = random.values(s.c * s.h);
    expect_same_bits([&](Backend& backend) {
      return bytes_of(run(backend, p, b, s.h, bias), run_tn(backend, p, b_rows, s.h, start));
    });
  }
}

}  // namespace
}  // namespace weft::testing
