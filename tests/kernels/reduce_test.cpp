// column_sums, argmax and count_correct against their references.
#include "tests/reference/reduce.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> run_column_sums(Backend& backend, const std::vector<float>& x, std::int64_t n,
                                   const std::vector<float>& start, Layout layout = Layout::kOdd) {
  const auto c = static_cast<std::int64_t>(start.size());
  const GuardedMatrix in(backend, n, c, x, {layout});
  const GuardedVec<float> out(backend, start);
  run_guarded(backend, ColumnSums{in.view(), out.view()});
  return out.values();
}

std::vector<std::int32_t> run_argmax(Backend& backend, const std::vector<float>& x, std::int64_t n,
                                     std::int64_t k, Layout layout = Layout::kOdd) {
  const GuardedMatrix in(backend, n, k, x, {layout});
  const GuardedVec<std::int32_t> out(backend, n);
  run_guarded(backend, Argmax{in.view(), out.view()});
  return out.values();
}

std::vector<std::int64_t> run_count(Backend& backend, const std::vector<float>& logits,
                                    const std::vector<std::int32_t>& labels,
                                    const std::vector<std::uint8_t>& part, std::int64_t k) {
  const GuardedMatrix in(backend, static_cast<std::int64_t>(labels.size()), k, logits);
  const GuardedVec<std::int32_t> labels_there(backend, labels);
  const GuardedVec<std::uint8_t> part_there(backend, part);
  const GuardedVec<std::int64_t> correct(backend, kSplitParts);
  run_guarded(backend, CountCorrect{in.view(), labels_there.view(), part_there.view(), correct.view()});
  return correct.values();
}

class Reduce : public BackendTest {};

TEST_P(Reduce, ColumnSumsAddToWhatIsThere) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t n : {0, 1, 255, 256, 257, 1000}) {
    for (const std::int64_t c : {1, 7, 31, 33, 40, 100, 129, 257}) {
      SCOPED_TRACE("n " + std::to_string(n) + ", c " + std::to_string(c));
      const auto x = random.values(n * c), start = random.values(c);
      expect_within(run_column_sums(*backend_, x, n, start), reference::column_sums(x, n, start));
    }
  }
}

TEST_P(Reduce, ColumnSumsJoinMoreThanAFewBlocksOfRows) {
  WEFT_TEST_RANDOM(random);
  const std::int64_t n = 4500, c = 256;
  const auto x = random.values(n * c), start = random.values(c);
  expect_within(run_column_sums(*backend_, x, n, start), reference::column_sums(x, n, start));
}

TEST_P(Reduce, ColumnSumsReadEveryLayout) {
  WEFT_TEST_RANDOM(random);
  for (const Layout layout : {Layout::kTight, Layout::kAligned, Layout::kOdd}) {
    for (const std::int64_t c : {1, 7, 31, 33, 40, 100, 129, 257}) {
      SCOPED_TRACE("c " + std::to_string(c) + ", x " + name_of({layout}));
      const auto x = random.values(37 * c), start = random.values(c);
      expect_within(run_column_sums(*backend_, x, 37, start, layout), reference::column_sums(x, 37, start));
    }
  }
}

TEST_P(Reduce, ArgmaxIsTheFirstLargestColumn) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t k : {1, 2, 7, 31, 33, 40, 257}) {
    const std::int64_t n = 513;
    auto x = random.values(n * k);
    for (float& v : x) v = std::round(v * 4.0f);  // many ties
    const auto got = run_argmax(*backend_, x, n, k);
    for (std::int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(got[static_cast<std::size_t>(i)], reference::argmax(x.data() + i * k, k))
          << "row " << i << ", k " << k;
    }
  }
}

TEST_P(Reduce, ArgmaxReadsEveryLayoutAndWideRows) {
  WEFT_TEST_RANDOM(random);
  for (const Layout layout : {Layout::kTight, Layout::kAligned, Layout::kOdd}) {
    for (const std::int64_t k : {1, 7, 40, 100, 129, 257, 512, 600, 1537}) {
      SCOPED_TRACE("k " + std::to_string(k) + ", x " + name_of({layout}));
      const std::int64_t n = 5;
      const auto x = random.values(n * k);
      const auto got = run_argmax(*backend_, x, n, k, layout);
      for (std::int64_t i = 0; i < n; ++i) {
        EXPECT_EQ(got[static_cast<std::size_t>(i)], reference::argmax(x.data() + i * k, k)) << "row " << i;
      }
    }
  }
}

TEST_P(Reduce, ArgmaxTakesNanAsSmallest) {
  EXPECT_EQ(run_argmax(
                *backend_,
                {kNan, -kInfinity, kNan, /**/ kNan, kNan, kNan, /**/ kNan, 1.0f, 1.0f, /**/ 2.0f, kNan, 3.0f},
                4, 3),
            (std::vector<std::int32_t>{1, 0, 1, 2}));
  EXPECT_TRUE(run_argmax(*backend_, {}, 0, 3).empty());
}

TEST_P(Reduce, CountsTheRowsWhoseLabelIsTheFirstLargestColumn) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t k : {1, 2, 7, 33, 40, 257}) {
    const std::int64_t n = 300;
    auto x = random.values(n * k);
    for (float& v : x) v = std::round(v * 2.0f);  // many ties
    for (std::size_t i = 0; i < x.size(); i += 5) x[i] = kNan;
    for (std::int64_t j = 0; j < k; ++j) x[static_cast<std::size_t>(j)] = kNan;  // a row of nothing else
    std::vector<std::int32_t> labels;
    std::int64_t wanted = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int32_t best = reference::argmax(x.data() + i * k, k);
      labels.push_back(i % 3 == 0 ? best : static_cast<std::int32_t>((best + i) % k));
      wanted += labels.back() == best ? 1 : 0;
    }
    const std::vector<std::uint8_t> part(labels.size(), 1);
    EXPECT_EQ(run_count(*backend_, x, labels, part, k), (std::vector<std::int64_t>{0, wanted, 0})) << k;
  }
}

TEST_P(Reduce, CountsCorrectRowsPerPart) {
  // Rows predict 1, 0, 1, 0, 1, 0.
  const std::vector<float> logits{0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0};
  EXPECT_EQ(run_count(*backend_, logits, {1, 0, 0, 0, 1, -1}, {0, 0, 0, 2, 255, 1}, 2),
            (std::vector<std::int64_t>{2, 0, 1}));
  EXPECT_EQ(run_count(*backend_, {}, {}, {}, 2), (std::vector<std::int64_t>{0, 0, 0}));
}

TEST_P(Reduce, CountsManyRowsOnManyThreads) {
  WEFT_TEST_RANDOM(random);
  const std::int64_t n = 5000, k = 5;
  const auto logits = random.values(n * k);
  std::vector<std::int32_t> labels;
  std::vector<std::uint8_t> part;
  std::vector<std::int64_t> expected(kSplitParts, 0);
  for (std::int64_t i = 0; i < n; ++i) {
    labels.push_back(static_cast<std::int32_t>(random.below(k)));
    part.push_back(static_cast<std::uint8_t>(random.below(5)));
    if (part.back() < kSplitParts && reference::argmax(logits.data() + i * k, k) == labels.back())
      ++expected[part.back()];
  }
  EXPECT_EQ(run_count(*backend_, logits, labels, part, k), expected);
}

WEFT_ON_ALL_BACKENDS(Reduce);

TEST(ColumnSumsBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  const std::int64_t n = 2500;
  const auto start = random.values(75), x = random.values(n * 75);
  expect_same_bits([&](Backend& backend) { return bytes_of(run_column_sums(backend, x, n, start)); });
}

}  // namespace
}  // namespace weft::testing
