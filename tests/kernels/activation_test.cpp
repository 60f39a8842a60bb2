// activate against the reference in every combination of its parts and every storage, the dropout's mask bit
// for bit, and bits.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "tests/support/activation_problem.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

struct How {
  Storage x = {};
  Storage y = {Layout::kAligned};
  bool in_place = false;
};

std::vector<float> run_activate(Backend& backend, const ActivationProblem& p, const How& how = {}) {
  const OnBackend inputs(backend, p);
  const GuardedMatrix x(backend, p.n, p.c, to_float(p.x), how.x), own(backend, p.n, p.c, how.y);
  const GuardedMatrix& y = how.in_place ? x : own;
  run_guarded(backend, Activate{x.view(), inputs.block(), y.view()});
  return y.values();
}

class ActivationTest : public BackendTest {};

TEST_P(ActivationTest, AppliesEveryCombinationOfParts) {
  WEFT_TEST_RANDOM(random);
  for (int parts = 0; parts < 16; ++parts) {
    for (const std::int64_t c : {1, 7, 31, 33, 40, 100, 129, 257}) {
      for (const Storage& storage : storages(*backend_)) {
        SCOPED_TRACE("parts " + std::to_string(parts) + ", c " + std::to_string(c) + ", " + name_of(storage));
        const ActivationProblem p = make_problem(random, 5, c, parts, storage.dtype);
        expect_within(run_activate(*backend_, p, {storage, storage}),
                      reference::as_stored(reference::activate(p), storage.dtype));
      }
    }
  }
}

TEST_P(ActivationTest, ReadsAndWritesEveryStorage) {
  WEFT_TEST_RANDOM(random);
  for (const Storage& from : storages(*backend_)) {
    for (const Storage& to : storages(*backend_)) {
      for (const std::int64_t c : {33, 40}) {
        SCOPED_TRACE("c " + std::to_string(c) + ", x " + name_of(from) + ", y " + name_of(to));
        const ActivationProblem p = make_problem(random, 9, c, kNorm | kRelu | kDrop, from.dtype);
        expect_within(run_activate(*backend_, p, {from, to}),
                      reference::as_stored(reference::activate(p), to.dtype));
      }
    }
  }
}

/// What activate gives when a first call has drawn the mask into memory, and the bits that are left there.
struct WithMask {
  std::vector<float> drawn, read;
  std::vector<std::uint64_t> mask;
};

WithMask run_with_mask(Backend& backend, const ActivationProblem& p) {
  const OnBackend inputs(backend, p);
  const std::int64_t words = dropout_mask_words(p.c);
  const GuardedVec<std::uint64_t> mask(backend,
                                       std::vector<std::uint64_t>(p.n * words, 0x5a5a5a5a5a5a5a5aULL));
  const GuardedMatrix x(backend, p.n, p.c, to_float(p.x)), first(backend, p.n, p.c), again(backend, p.n, p.c);
  Activation block = inputs.block();
  block.dropout.mask = mask.data();
  run_guarded(backend, Activate{x.view(), block, first.view()});
  block.dropout.drawn = true;
  run_guarded(backend, Activate{x.view(), block, again.view()});
  return {first.values(), again.values(), mask.values()};
}

TEST_P(ActivationTest, ReadsTheMaskThatItLeft) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {1, 7, 31, 33, 40, 63, 64, 65, 100, 129, 257}) {
    SCOPED_TRACE("c " + std::to_string(c));
    const ActivationProblem p = make_problem(random, 9, c, kNorm | kRelu | kDrop | kRowIds);
    const WithMask got = run_with_mask(*backend_, p);
    EXPECT_EQ(got.drawn, run_activate(*backend_, p));
    EXPECT_EQ(got.read, got.drawn);
    if (std::strcmp(backend_->name(), "cpu") != 0) continue;  // others may draw it again
    for (std::int64_t i = 0; i < p.n; ++i) {
      for (std::int64_t j = 0; j < c; ++j) {
        const std::uint64_t word = got.mask[static_cast<std::size_t>(i * dropout_mask_words(c) + j / 64)];
        ASSERT_EQ((word >> (j % 64)) & 1, p.dropped(i, j) ? 0U : 1U) << "row " << i << ", column " << j;
      }
    }
  }
}

TEST_P(ActivationTest, CoversManyRows) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t n : {1, 255, 256, 257, 1000}) {
    SCOPED_TRACE("n " + std::to_string(n));
    const ActivationProblem p = make_problem(random, n, 40, kNorm | kRelu | kDrop);
    expect_within(run_activate(*backend_, p), reference::activate(p));
  }
}

TEST_P(ActivationTest, MayOverwriteItsInput) {
  WEFT_TEST_RANDOM(random);
  for (const Storage& storage : storages(*backend_)) {
    SCOPED_TRACE(name_of(storage));
    const ActivationProblem p = make_problem(random, 300, 33, kNorm | kRelu | kDrop, storage.dtype);
    EXPECT_EQ(run_activate(*backend_, p, {storage, storage, true}),
              run_activate(*backend_, p, {storage, storage}));
  }
}

TEST_P(ActivationTest, DropsExactlyWhatTheGeneratorSays) {
  WEFT_TEST_RANDOM(random);
  for (const int parts : {0, int{kRowIds}}) {
    for (const float rate : {0.1f, 0.5f, 0.999f}) {
      for (const Storage& storage : storages(*backend_)) {
        SCOPED_TRACE("rate " + std::to_string(rate) + ", " + name_of(storage));
        ActivationProblem p = make_problem(random, 7, 259, parts);
        p.rate = rate;
        p.x.assign(p.x.size(), 1.0);
        const auto y = run_activate(*backend_, p, {storage, storage});
        const float kept = stored(std::vector<float>{1.0f / (1.0f - rate)}, storage.dtype)[0];
        for (std::int64_t i = 0; i < p.n; ++i) {
          for (std::int64_t j = 0; j < p.c; ++j) {
            ASSERT_EQ(y[p.at(i, j)], p.dropped(i, j) ? 0.0f : kept) << "row " << i << ", column " << j;
          }
        }
      }
    }
  }
}

TEST_P(ActivationTest, KeepsTheWordThatEqualsTheThreshold) {
  WEFT_TEST_RANDOM(random);
  ActivationProblem p = make_problem(random, 64, 64, 0);
  p.x.assign(p.x.size(), 1.0);
  int found = 0;
  for (std::int64_t i = 0; i < p.n; ++i) {
    for (std::int64_t j = 0; j < p.c; ++j) {
      const std::uint32_t word = random_quad(p.key, i, static_cast<std::uint32_t>(j / 4)).v[j % 4];
      if (word % 256 != 0 || word < 0x80000000u) continue;  // no rate of 24 bits has this threshold
      p.rate = static_cast<float>(word) * 0x1.0p-32f;
      ASSERT_EQ(drop_threshold(p.rate), word);
      EXPECT_NE(run_activate(*backend_, p)[p.at(i, j)], 0.0f);
      ++found;
    }
  }
  EXPECT_GT(found, 0);
}

TEST_P(ActivationTest, LetsNanThroughTheReluButNotThroughDropout) {
  ActivationProblem p;
  p.n = 1;
  p.c = 64;
  p.relu = true;
  p.rate = 0.5f;
  const StepState step = step_state();
  p.key = random_key(step.seed, step.run, kLayer, Purpose::kDropout, step.step);
  p.x.assign(64, std::numeric_limits<double>::quiet_NaN());
  const auto y = run_activate(*backend_, p);
  for (std::int64_t j = 0; j < p.c; ++j) {
    if (p.dropped(0, j)) {
      EXPECT_EQ(y[p.at(0, j)], 0.0f);
    } else {
      EXPECT_TRUE(std::isnan(y[p.at(0, j)]));
    }
  }
}

TEST_P(ActivationTest, TakesEmptyShapes) {
  WEFT_TEST_RANDOM(random);
  for (const auto& [n, c] : {std::pair{0, 5}, std::pair{4, 0}}) {
    const ActivationProblem p = make_problem(random, n, c, kNorm | kRelu | kDrop);
    EXPECT_TRUE(run_activate(*backend_, p).empty());
  }
}

WEFT_ON_ALL_BACKENDS(ActivationTest);

TEST(ActivationBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  const ActivationProblem p = make_problem(random, 1500, 75, kNorm | kRelu | kDrop);
  expect_same_bits([&](Backend& backend) { return bytes_of(run_activate(backend, p)); });
}

}  // namespace
}  // namespace weft::testing
