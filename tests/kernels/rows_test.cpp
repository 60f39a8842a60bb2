// gather_rows and scatter_rows copy bits; convert rounds to the nearest.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/reference/round.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"

namespace weft::testing {
namespace {

constexpr Layout kLayouts[] = {Layout::kTight, Layout::kAligned, Layout::kOdd};

class Rows : public BackendTest {
 protected:
  std::vector<float> gather(const std::vector<float>& x, std::int64_t n, std::int64_t c,
                            const std::vector<NodeId>& rows, Layout from = Layout::kOdd,
                            Layout to = Layout::kAligned) {
    const GuardedMatrix in(*backend_, n, c, x, {from});
    const GuardedVec<NodeId> rows_there(*backend_, rows);
    const GuardedMatrix out(*backend_, static_cast<std::int64_t>(rows.size()), c, Storage{to});
    ScratchStream stream(*backend_, 0);
    backend_->run(stream, GatherRows{in.view(), rows_there.view(), out.view()});
    return out.values();
  }

  /// y [n, c] is where x goes.
  std::vector<float> scatter(const std::vector<float>& x, std::int64_t c, const std::vector<NodeId>& rows,
                             const std::vector<float>& y, std::int64_t n, Layout from = Layout::kOdd,
                             Layout to = Layout::kAligned) {
    const GuardedMatrix in(*backend_, static_cast<std::int64_t>(rows.size()), c, x, {from});
    const GuardedVec<NodeId> rows_there(*backend_, rows);
    const GuardedMatrix out(*backend_, n, c, y, {to});
    ScratchStream stream(*backend_, 0);
    backend_->run(stream, ScatterRows{in.view(), rows_there.view(), out.view()});
    return out.values();
  }

  std::vector<float> convert(const std::vector<float>& x, std::int64_t n, std::int64_t c, Storage from,
                             Storage to) {
    const GuardedMatrix in(*backend_, n, c, x, from), out(*backend_, n, c, to);
    run_guarded(*backend_, Convert{in.view(), out.view()});
    return out.values();
  }
};

TEST_P(Rows, GatherCopiesTheRowsAsked) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {1, 7, 31, 33, 40, 100, 129, 257}) {
    const std::int64_t n = 50, r = 300;
    const auto x = random.values(n * c);
    std::vector<NodeId> rows;
    std::vector<float> expected;
    for (std::int64_t i = 0; i < r; ++i) {
      const std::int64_t row = random.below(n);
      rows.push_back(static_cast<NodeId>(row));
      expected.insert(expected.end(), x.begin() + row * c, x.begin() + (row + 1) * c);
    }
    for (const Layout from : kLayouts) {
      for (const Layout to : kLayouts) {
        EXPECT_EQ(gather(x, n, c, rows, from, to), expected)
            << "c " << c << ", from " << name_of({from}) << " to " << name_of({to});
      }
    }
  }
}

TEST_P(Rows, GatherTakesEmptyShapes) {
  EXPECT_TRUE(gather({1, 2}, 1, 2, {}).empty());
  EXPECT_TRUE(gather({}, 2, 0, {1, 0, 1}).empty());
}

TEST_P(Rows, ScatterWritesItsRowsAndLeavesTheOthers) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {1, 7, 31, 33, 40, 100, 129, 257}) {
    const std::int64_t n = 300, r = 77;
    std::vector<NodeId> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size() - 1; i > 0; --i) {
      std::swap(order[i], order[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i) + 1))]);
    }
    const std::vector<NodeId> rows(order.begin(), order.begin() + r);
    const auto x = random.values(r * c), y = random.values(n * c);
    auto expected = y;
    for (std::int64_t i = 0; i < r; ++i) {
      std::copy_n(x.begin() + i * c, c,
                  expected.begin() + std::int64_t{rows[static_cast<std::size_t>(i)]} * c);
    }
    for (const Layout from : kLayouts) {
      for (const Layout to : kLayouts) {
        EXPECT_EQ(scatter(x, c, rows, y, n, from, to), expected)
            << "c " << c << ", from " << name_of({from}) << " to " << name_of({to});
      }
    }
  }
}

TEST_P(Rows, ScatterTakesEmptyShapes) {
  EXPECT_EQ(scatter({}, 2, {}, {1, 2}, 1), (std::vector<float>{1, 2}));
  EXPECT_TRUE(scatter({}, 0, {1, 0}, {}, 2).empty());
}

TEST_P(Rows, ScatterUndoesGather) {
  WEFT_TEST_RANDOM(random);
  const auto x = random.values(5 * 40);
  const std::vector<NodeId> rows{3, 0, 4, 2, 1};
  EXPECT_EQ(scatter(gather(x, 5, 40, rows), 40, rows, std::vector<float>(5 * 40, 7.0f), 5), x);
}

std::uint32_t bits_of(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

float float_of(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// Each got[i] has the bits of expected[i]; any NaN does for a NaN.
void expect_same_values(const std::vector<float>& got, const std::vector<float>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i]) && std::isnan(got[i])) continue;
    ASSERT_EQ(bits_of(got[i]), bits_of(expected[i]))
        << std::hex << "element " << i << ": got 0x" << bits_of(got[i]) << " instead of 0x"
        << bits_of(expected[i]);
  }
}

/// All values whose last bits make rounding to bfloat16 hard, around every kind of upper half.
std::vector<float> hard_values() {
  std::vector<float> values;
  for (const std::uint32_t upper : {0x0000u, 0x0001u, 0x007Fu, 0x0080u, 0x3F80u, 0x3F81u, 0x40FFu, 0x7F7Eu,
                                    0x7F7Fu, 0x7F80u, 0x7FC0u, 0x7FFFu}) {
    for (const std::uint32_t sign : {0x0000u, 0x8000u}) {
      for (const std::uint32_t lower : {0x0000u, 0x0001u, 0x7FFFu, 0x8000u, 0x8001u, 0xFFFFu}) {
        values.push_back(float_of((sign | upper) << 16 | lower));
      }
    }
  }
  return values;
}

TEST_P(Rows, ConvertRoundsToTheNearestEven) {
  WEFT_TEST_RANDOM(random);
  std::vector<float> x = hard_values();
  for (int i = 0; i < 2000; ++i)
    x.push_back(float_of(static_cast<std::uint32_t>(random.below(std::int64_t{1} << 32))));
  const auto n = static_cast<std::int64_t>(x.size());
  for (const DType to : dtypes(*backend_)) {
    std::vector<float> expected;
    for (const float v : x) expected.push_back(to == DType::kBf16 ? reference::nearest_bf16(v) : v);
    expect_same_values(convert(x, 1, n, {}, {Layout::kOdd, to}), expected);
  }
}

TEST_P(Rows, ConvertKeepsEveryBfloat16) {
  if (!backend_->stores_bf16()) GTEST_SKIP() << "float32 only";
  std::vector<float> x;
  for (std::uint32_t upper = 0; upper < 0x10000u; ++upper) x.push_back(float_of(upper << 16));
  const Storage narrow{Layout::kTight, DType::kBf16}, wide{Layout::kTight, DType::kF32};
  expect_same_values(convert(x, 256, 256, wide, narrow), x);
  expect_same_values(convert(x, 256, 256, narrow, wide), x);
  expect_same_values(convert(x, 256, 256, narrow, narrow), x);
}

TEST_P(Rows, ConvertReadsAndWritesEveryStorage) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {1, 7, 31, 33, 40, 100, 129, 257}) {
    const auto x = random.values(5 * c);
    for (const Storage& from : storages(*backend_)) {
      for (const Storage& to : storages(*backend_)) {
        EXPECT_EQ(convert(x, 5, c, from, to), stored(stored(x, from.dtype), to.dtype))
            << "c " << c << ", from " << name_of(from) << " to " << name_of(to);
      }
    }
  }
}

TEST_P(Rows, ConvertTakesEmptyShapes) {
  EXPECT_TRUE(convert({}, 0, 5, {}, {}).empty());
  EXPECT_TRUE(convert({}, 5, 0, {}, {}).empty());
}

WEFT_ON_ALL_BACKENDS(Rows);

}  // namespace
}  // namespace weft::testing
