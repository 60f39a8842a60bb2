// spmm against the reference, with every combination of its options, in every storage, by every method that
// the backend has, and its bits.
#include "tests/reference/spmm.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/reference/batch_norm.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/moments.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

/// Host values of an spmm's optional vectors; an empty one is not given.
struct Scales {
  std::vector<float> row = {};
  std::vector<float> col = {};
  std::vector<float> bias = {};

  SpmmOptions options() const {
    return {{row.data(), static_cast<std::int64_t>(row.size())},
            {col.data(), static_cast<std::int64_t>(col.size())},
            {bias.data(), static_cast<std::int64_t>(bias.size())}};
  }
  bool given() const { return !row.empty() || !col.empty() || !bias.empty(); }
};

struct How {
  SpmmMethod method = SpmmMethod::kAuto;
  bool moments = false;
  Storage x = {};
  Storage y = {};
  EdgeId longest_row = 0;          // what the view says: 0 for not known
  std::vector<float> before = {};  // what y holds, which the product is added to; empty: it is overwritten
};

std::string text(const How& how) {
  return std::string(spmm_method_name(how.method)) + (how.moments ? " with moments" : "") +
         (how.before.empty() ? "" : ", added") + ", x " + name_of(how.x) + ", y " + name_of(how.y) +
         ", longest row " + std::to_string(how.longest_row);
}

struct Product {
  std::vector<float> y;
  HostMoments moments;
};

Product run_spmm(Backend& backend, const HostCsr& a, const std::vector<float>& x, std::int64_t c,
                 const Scales& scales = {}, const How& how = {}) {
  const GuardedVec<EdgeId> offsets(backend, a.offsets);
  const GuardedVec<NodeId> cols(backend, a.cols);
  const GuardedVec<float> weights(backend, a.weights);
  const GuardedVec<float> row_scale(backend, scales.row);
  const GuardedVec<float> col_scale(backend, scales.col);
  const GuardedVec<float> bias(backend, scales.bias);
  const GuardedMatrix in(backend, a.num_cols, c, x, how.x);
  const GuardedMatrix out = how.before.empty() ? GuardedMatrix(backend, a.num_rows, c, how.y)
                                               : GuardedMatrix(backend, a.num_rows, c, how.before, how.y);
  const GuardedMoments moments(backend, c);
  CsrView view = a.view();
  view.offsets = offsets.data();
  view.cols = cols.data();
  if (view.weights != nullptr) view.weights = weights.data();
  view.longest_row = how.longest_row;
  SpmmOptions options{row_scale.view(), col_scale.view(), bias.view(), {}, how.method};
  if (how.moments) options.moments = moments.view();
  if (!how.before.empty()) options.beta = 1.0f;
  run_guarded(backend, Spmm{view, in.view(), out.view(), options});
  return {out.values(), how.moments ? moments.values() : HostMoments{}};
}

EdgeId longest_row(const HostCsr& a) {
  EdgeId longest = 0;
  for (std::size_t i = 0; i + 1 < a.offsets.size(); ++i)
    longest = std::max(longest, a.offsets[i + 1] - a.offsets[i]);
  return longest;
}

/// The vendor's methods are there for comparison and compute A x alone.
bool is_vendors(SpmmMethod method) {
  return method != SpmmMethod::kAuto && method != SpmmMethod::kRows && method != SpmmMethod::kBalanced;
}

/// Whether the vendor's methods can take such matrices: rows at multiples of 16 bytes, no product narrower
/// than x, no weights beside a bfloat16 x.
bool suits_vendor(const HostCsr& a, std::int64_t c, const How& how) {
  const auto aligned = [&](const Storage& storage) {
    return storage.ld(c) * static_cast<std::int64_t>(dtype_bytes(storage.dtype)) % 16 == 0;
  };
  if (how.x.dtype == DType::kF32 && how.y.dtype == DType::kBf16) return false;
  if (how.x.dtype == DType::kBf16 && !a.weights.empty()) return false;
  return aligned(how.x) && aligned(how.y);
}

class SpmmTest : public BackendTest {
 protected:
  void check(const HostCsr& a, const std::vector<float>& x, std::int64_t c, const Scales& scales = {},
             const How& how = {}) {
    SCOPED_TRACE(text(how) + ", c " + std::to_string(c));
    if (is_vendors(how.method) && !suits_vendor(a, c, how)) {
      (void)error_of(ErrorCode::kUnsupported, [&] { run_spmm(*backend_, a, x, c, scales, how); });
      return;
    }
    const Product got = run_spmm(*backend_, a, x, c, scales, how);
    auto expected = reference::spmm(a.view(), stored(x, how.x.dtype), c, scales.options());
    if (!how.before.empty()) expected = reference::plus(expected, stored(how.before, how.y.dtype));
    if (is_vendors(how.method) && how.y.dtype == DType::kBf16) {  // its sums are rounded on their way
      for (double& bound : expected.bound) bound *= reference::kBf16Unit / reference::kUnit;
    }
    expect_within(got.y, reference::as_stored(expected, how.y.dtype));
    if (!how.moments) return;
    const auto moments = reference::column_moments(expected, a.num_rows, c);
    EXPECT_EQ(got.moments.count, static_cast<double>(a.num_rows));
    expect_within(got.moments.sum, moments.sum);
    expect_within(got.moments.m2, moments.m2);
  }

  /// Every method that can do what is asked.
  std::vector<SpmmMethod> methods(const Scales& scales = {}, bool moments = false) const {
    std::vector<SpmmMethod> able{SpmmMethod::kAuto};
    for (const SpmmMethod method : backend_->spmm_methods()) {
      if (!is_vendors(method) || (!scales.given() && !moments)) able.push_back(method);
    }
    return able;
  }
};

TEST_P(SpmmTest, SumsRowsOfAnyWidth) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {1, 7, 31, 32, 33, 40, 64, 100, 128, 129, 256, 257, 300}) {
    const HostCsr a = random_csr(random, 61, 47, 6, c % 2 == 1);
    const auto x = random.values(a.num_cols * c);
    for (const SpmmMethod method : methods()) check(a, x, c, {}, {.method = method});
  }
}

TEST_P(SpmmTest, AppliesEveryCombinationOfOptions) {
  WEFT_TEST_RANDOM(random);
  const std::int64_t c = 37;
  for (int mask = 0; mask < 32; ++mask) {
    SCOPED_TRACE("mask " + std::to_string(mask));
    const HostCsr a = random_csr(random, 40, 53, 5, (mask & 1) != 0);
    Scales scales;
    if (mask & 2) scales.row = random.values(a.num_rows);
    if (mask & 4) scales.col = random.values(a.num_cols);
    if (mask & 8) scales.bias = random.values(c);
    const bool moments = (mask & 16) != 0;
    const auto x = random.values(a.num_cols * c);
    for (const SpmmMethod method : methods(scales, moments)) check(a, x, c, scales, {method, moments});
  }
}

TEST_P(SpmmTest, TakesAnyWidthInEveryStorage) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {1, 7, 31, 33, 40, 100, 129, 257}) {
    const HostCsr a = random_csr(random, 17, 23, 5, true);
    const auto x = random.values(a.num_cols * c);
    const Scales scales{random.values(a.num_rows), {}, random.values(c)};
    for (const Storage& storage : storages(*backend_)) {
      for (const SpmmMethod method : methods(scales))
        check(a, x, c, scales, {method, true, storage, storage});
    }
  }
}

TEST_P(SpmmTest, ReadsAndWritesEveryPairOfStorages) {
  WEFT_TEST_RANDOM(random);
  const HostCsr a = random_csr(random, 17, 23, 5, false);
  for (const std::int64_t c : {40, 129}) {
    const auto x = random.values(a.num_cols * c);
    for (const Storage& in : storages(*backend_)) {
      for (const Storage& out : storages(*backend_)) {
        for (const SpmmMethod method : methods()) check(a, x, c, {}, {method, false, in, out});
      }
    }
  }
}

TEST_P(SpmmTest, AddsToWhatTheOutputHolds) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {1, 7, 33, 40, 129, 256}) {
    const HostCsr a = random_csr(random, 17, 23, 5, c % 2 == 1);
    const auto x = random.values(a.num_cols * c), before = random.values(a.num_rows * c);
    const Scales scales{random.values(a.num_rows), random.values(a.num_cols), random.values(c)};
    for (const Storage& storage : storages(*backend_)) {
      for (const SpmmMethod method : methods(scales, true)) {
        check(a, x, c, {}, {method, false, storage, storage, 0, before});
        check(a, x, c, scales, {method, true, storage, storage, 0, before});
      }
    }
  }
}

TEST_P(SpmmTest, AddsLongRowsToWhatTheOutputHolds) {
  WEFT_TEST_RANDOM(random);
  const HostCsr a = csr_of_degrees(random, {3, 257, 0, 5000, 1, 1025}, 600);
  for (const std::int64_t c : {7, 40, 129}) {
    const auto x = random.values(a.num_cols * c), before = random.values(a.num_rows * c);
    for (const SpmmMethod method : methods({}, true))
      check(a, x, c, {}, {method, true, {}, {}, longest_row(a), before});
  }
}

TEST_P(SpmmTest, RoundsTheProductBeforeItIsAdded) {
  // 1 + 2^-24 is rounded to 1, and 1 - 1 is 0; a chain that began with -1 would keep the 2^-24.
  const HostCsr a = csr_from_rows({{0, 1}}, 2);
  const How how{.before = {-1.0f}};
  EXPECT_EQ(run_spmm(*backend_, a, {1.0f, 0x1.0p-24f}, 1, {}, how).y, std::vector<float>{0.0f});
  EXPECT_EQ(run_spmm(*backend_, a, {0.5f, 0.5f}, 1, {{}, {}, {0x1.0p-24f}}, how).y, std::vector<float>{0.0f});
}

TEST_P(SpmmTest, GivesRowsWithoutEdgesTheBias) {
  const HostCsr a = csr_from_rows({{}, {}, {}}, 2);
  const Scales scales{{2.0f, 2.0f, 2.0f}, {}, {0.5f, -1.0f}};
  for (const SpmmMethod method : methods(scales)) {
    EXPECT_EQ(run_spmm(*backend_, a, {1, 2, 3, 4}, 2, scales, {.method = method}).y,
              (std::vector<float>{0.5f, -1, 0.5f, -1, 0.5f, -1}));
    EXPECT_EQ(run_spmm(*backend_, a, {1, 2, 3, 4}, 2, {}, {.method = method}).y, std::vector<float>(6, 0.0f));
  }
}

TEST_P(SpmmTest, TakesEmptyShapes) {
  for (const SpmmMethod method : methods()) {
    const How how{.method = method};
    EXPECT_TRUE(run_spmm(*backend_, csr_from_rows({}, 4), std::vector<float>(12), 3, {}, how).y.empty());
    EXPECT_TRUE(run_spmm(*backend_, csr_from_rows({{0}, {0}}, 1), {}, 0, {}, how).y.empty());
    EXPECT_EQ(run_spmm(*backend_, csr_from_rows({{}, {}}, 0), {}, 2, {}, how).y, std::vector<float>(4, 0.0f));
  }
}

TEST_P(SpmmTest, SumsOneHubThatHoldsAllEdges) {
  WEFT_TEST_RANDOM(random);
  for (const NodeId hub : {0, 50, 99}) {
    const HostCsr a = hub_csr(100, 5000, hub);
    for (const std::int64_t c : {1, 33, 100}) {
      const auto x = random.values(a.num_cols * c);
      for (const bool moments : {false, true}) {
        for (const SpmmMethod method : methods({}, moments)) check(a, x, c, {}, {method, moments});
      }
    }
  }
}

TEST_P(SpmmTest, SumsRowsAroundTheBordersOfLongOnes) {
  WEFT_TEST_RANDOM(random);
  HostCsr a = csr_of_degrees(random, {3, 255, 256, 257, 0, 511, 512, 513, 5000, 1, 0, 1023, 1025, 256}, 600);
  a.weights = random.values(a.num_edges());
  for (const std::int64_t c : {1, 7, 40, 129}) {
    const auto x = random.values(a.num_cols * c);
    const Scales scales{random.values(a.num_rows), random.values(a.num_cols), random.values(c)};
    for (const EdgeId longest : {EdgeId{0}, longest_row(a), std::numeric_limits<EdgeId>::max()}) {
      for (const SpmmMethod method : methods()) check(a, x, c, {}, {method, false, {}, {}, longest});
      for (const SpmmMethod method : methods(scales, true))
        check(a, x, c, scales, {method, true, {}, {}, longest});
    }
  }
}

TEST_P(SpmmTest, SumsRowsThatAreAllShortOrAllLong) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t degree : {1, 256, 300}) {
    const HostCsr a = csr_of_degrees(random, std::vector<std::int64_t>(9, degree), 350);
    const auto x = random.values(a.num_cols * 40);
    for (const SpmmMethod method : methods({}, true))
      check(a, x, 40, {}, {method, true, {}, {}, longest_row(a)});
  }
}

TEST_P(SpmmTest, MomentsAreThoseOfManyRows) {
  WEFT_TEST_RANDOM(random);
  for (const NodeId n : {1, 31, 32, 33, 255, 256, 257, 1000}) {
    SCOPED_TRACE("n " + std::to_string(n));
    const HostCsr a = random_csr(random, n, 50, 4, true);
    const Scales far{
        {}, {}, std::vector<float>(9, 100.0f)};  // far from zero, where sums of squares would fail
    const auto x = random.values(a.num_cols * 9);
    for (const SpmmMethod method : methods(far, true)) check(a, x, 9, far, {method, true});
  }
}

TEST_P(SpmmTest, RefusesTheMethodsItLacks) {
  const HostCsr a = csr_from_rows({{0}}, 1);
  const auto has = backend_->spmm_methods();
  for (const SpmmMethod method : {SpmmMethod::kRows, SpmmMethod::kBalanced, SpmmMethod::kCusparseAlg1,
                                  SpmmMethod::kCusparseAlg2, SpmmMethod::kCusparseAlg3}) {
    const How how{.method = method};
    if (std::find(has.begin(), has.end(), method) == has.end()) {
      EXPECT_EQ(error_of(ErrorCode::kUnsupported, [&] { run_spmm(*backend_, a, {1.0f}, 1, {}, how); }),
                std::string("spmm: the ") + backend_->name() + " backend has no method '" +
                    spmm_method_name(method) + "'");
    } else if (is_vendors(method)) {
      (void)error_of(ErrorCode::kUnsupported, [&] { run_spmm(*backend_, a, {1.0f}, 1, {{2.0f}}, how); });
      const How adding{.method = method, .before = {1.0f}};
      (void)error_of(ErrorCode::kUnsupported, [&] { run_spmm(*backend_, a, {1.0f}, 1, {}, adding); });
    }
  }
}

TEST_P(SpmmTest, FusesEveryMultiplyAdd) {
  // (1 + 2^-12)^2 - 1 has a last bit, 2^-24, that a product rounded on its own loses.
  const float one_and_a_bit = 1.0f + 0x1.0p-12f;
  const float exact = 0x1.0p-11f + 0x1.0p-24f;
  HostCsr a = csr_from_rows({{0, 1}}, 2);
  a.weights = {-1.0f, one_and_a_bit};
  EXPECT_EQ(run_spmm(*backend_, a, {1.0f, one_and_a_bit}, 1).y, std::vector<float>{exact});
  const HostCsr single = csr_from_rows({{0}}, 1);
  EXPECT_EQ(run_spmm(*backend_, single, {one_and_a_bit}, 1, {{one_and_a_bit}, {}, {-1.0f}}).y,
            std::vector<float>{exact});
}

WEFT_ON_ALL_BACKENDS(SpmmTest);

TEST(SpmmBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {40, 129, 256}) {
    SCOPED_TRACE("c " + std::to_string(c));
    HostCsr a = random_csr(random, 300, 500, 8, true);
    const auto x = random.values(a.num_cols * c);
    const Scales scales{random.values(a.num_rows), random.values(a.num_cols), random.values(c)};
    expect_same_bits([&](Backend& backend) {
      const Product got = run_spmm(backend, a, x, c, scales, {.moments = true});
      const Product added = run_spmm(backend, a, x, c, scales, {.moments = true, .before = got.y});
      return bytes_of(got.y, got.moments.sum, got.moments.m2, added.y, added.moments.sum, added.moments.m2);
    });
  }
}

TEST(SpmmBits, OfLongRowsDoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  const HostCsr a = csr_of_degrees(random, {5, 2000, 0, 300, 700, 1, 256}, 400);
  const auto x = random.values(a.num_cols * 75);
  expect_same_bits([&](Backend& backend) {
    std::vector<unsigned char> all = bytes_of(run_spmm(backend, a, x, 75).y);
    for (const SpmmMethod method : backend.spmm_methods()) {
      if (is_vendors(method)) continue;  // its bits are the vendor's affair
      const Product got = run_spmm(backend, a, x, 75, {}, {method, true});
      const auto more = bytes_of(got.y, got.moments.sum, got.moments.m2);
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  });
}

}  // namespace
}  // namespace weft::testing
