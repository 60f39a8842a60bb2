// product_moments and product_gradient against the direct route over all rows, and bits.
#include "tests/reference/product_statistics.hpp"

#include <gtest/gtest.h>

#include "tests/support/backends.hpp"
#include "tests/support/moments.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

using reference::BehindProduct;
using reference::ProductProblem;

struct Sizes {
  std::int64_t n;
  std::int64_t c;
  std::int64_t h;
};

constexpr Sizes kSizes[] = {{2, 1, 1},   {9, 7, 31},   {40, 31, 7}, {30, 33, 40},
                            {5, 100, 9}, {11, 129, 5}, {6, 3, 257}, {300, 20, 33}};

std::string text(const Sizes& s) {
  return "n " + std::to_string(s.n) + ", c " + std::to_string(s.c) + ", h " + std::to_string(s.h);
}

/// Columns of x lie away from zero, so that the moments' centre matters.
ProductProblem make_problem(Random& random, const Sizes& s) {
  ProductProblem p{s.n, s.c, s.h, random.values(s.n * s.c), random.values(s.c * s.h), random.values(s.h)};
  for (std::size_t i = 0; i < p.x.size(); ++i)
    p.x[i] += static_cast<float>(i % static_cast<std::size_t>(s.c)) * 0.25f;
  return p;
}

/// The batch's own statistics behind the product.
BehindProduct make_behind(Random& random, const ProductProblem& p) {
  BehindProduct behind{{}, {}, random.values(p.h), random.values(p.n * p.h)};
  const auto moments = reference::product_moments(p);
  for (std::size_t j = 0; j < behind.gamma.size(); ++j) {
    const double n = static_cast<double>(p.n);
    behind.mean.push_back(moments.sum.value[j] / n);
    behind.rstd.push_back(1.0 / std::sqrt(moments.m2.value[j] / n + 1e-5));
  }
  return behind;
}

std::vector<float> to_float(const std::vector<double>& values) { return {values.begin(), values.end()}; }

/// The moments of x that the ops read; its m2 is of no use to them.
HostMoments moments_of_x(const ProductProblem& p) {
  return {static_cast<double>(p.n), p.sum_x(), std::vector<double>(static_cast<std::size_t>(p.c), 0.0)};
}

HostMoments run_moments(Backend& backend, const ProductProblem& p, Layout layout = Layout::kOdd) {
  const GuardedMoments x(backend, moments_of_x(p)), y(backend, p.h);
  const GuardedMatrix w(backend, p.c, p.h, p.w, {layout});
  const GuardedMatrix sw(backend, p.c, p.h, to_float(p.scatter_times_w()), {layout});
  const GuardedVec<float> bias(backend, p.bias);
  run_guarded(backend, ProductMoments{x.view(), w.view(), sw.view(), bias.view(), y.view()});
  return y.values();
}

std::vector<double> x_transposed_g(const ProductProblem& p, const BehindProduct& behind) {
  std::vector<double> xg(static_cast<std::size_t>(p.c * p.h), 0.0);
  for (std::int64_t i = 0; i < p.n; ++i) {
    for (std::int64_t k = 0; k < p.c; ++k) {
      for (std::int64_t j = 0; j < p.h; ++j) {
        xg[ProductProblem::index(k, p.h, j)] +=
            p.at_x(i, k) * static_cast<double>(behind.g[ProductProblem::index(i, p.h, j)]);
      }
    }
  }
  return xg;
}

std::vector<float> run_gradient(Backend& backend, const ProductProblem& p, const BehindProduct& behind,
                                const std::vector<float>& start, Layout layout = Layout::kOdd) {
  const GuardedMatrix xg(backend, p.c, p.h, to_float(x_transposed_g(p, behind)), {layout});
  const GuardedMatrix sw(backend, p.c, p.h, to_float(p.scatter_times_w()), {layout});
  const GuardedMoments x(backend, moments_of_x(p));
  const GuardedVec<float> mean(backend, to_float(behind.mean)), rstd(backend, to_float(behind.rstd));
  const GuardedVec<float> gamma(backend, behind.gamma), beta(backend, behind.gamma);
  const GuardedVec<float> sums(backend, to_float(reference::sums_of_g(p, behind)));
  const GuardedMatrix dw(backend, p.c, p.h, start, {layout});
  const Normalization norm{mean.view(), rstd.view(), gamma.view(), beta.view()};
  run_guarded(backend, ProductGradient{xg.view(), sw.view(), x.view(), norm, sums.view(), dw.view()});
  return dw.values();
}

class ProductStatistics : public BackendTest {};

TEST_P(ProductStatistics, MomentsAreThoseOfTheProduct) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : kSizes) {
    for (const bool with_bias : {true, false}) {
      SCOPED_TRACE(text(s) + (with_bias ? ", with a bias" : ""));
      ProductProblem p = make_problem(random, s);
      if (!with_bias) p.bias.clear();
      const HostMoments got = run_moments(*backend_, p);
      const auto expected = reference::product_moments(p);
      EXPECT_EQ(got.count, static_cast<double>(s.n));
      expect_within(got.sum, expected.sum);
      expect_within(got.m2, expected.m2);
    }
  }
}

TEST_P(ProductStatistics, MomentsOfAColumnThatDoesNotVaryAreNotNegative) {
  // S w would be 0 here but for its own rounding.
  ProductProblem p{10, 2, 1, std::vector<float>(20, 1.0f), {1.0f, -1.0f}, {}};
  const GuardedMoments x(*backend_, moments_of_x(p)), y(*backend_, 1);
  const GuardedMatrix w(*backend_, 2, 1, p.w), sw(*backend_, 2, 1, {-1e-6f, 1e-7f});
  run_guarded(*backend_, ProductMoments{x.view(), w.view(), sw.view(), {}, y.view()});
  EXPECT_EQ(y.values().m2[0], 0.0);
  EXPECT_EQ(y.values().sum[0], 0.0);
}

TEST_P(ProductStatistics, GradientIsThatThroughTheBatchNorm) {
  WEFT_TEST_RANDOM(random);
  for (const Sizes& s : kSizes) {
    SCOPED_TRACE(text(s));
    const ProductProblem p = make_problem(random, s);
    const BehindProduct behind = make_behind(random, p);
    const auto start = random.values(s.c * s.h);
    expect_within(run_gradient(*backend_, p, behind, start), reference::product_gradient(p, behind, start));
  }
}

TEST_P(ProductStatistics, ReadAndWriteEveryLayout) {
  WEFT_TEST_RANDOM(random);
  for (const Layout layout : {Layout::kTight, Layout::kAligned, Layout::kOdd}) {
    for (const std::int64_t h : {7, 40, 129}) {
      SCOPED_TRACE("h " + std::to_string(h) + ", " + name_of({layout}));
      const ProductProblem p = make_problem(random, {8, 5, h});
      const BehindProduct behind = make_behind(random, p);
      const auto start = random.values(5 * h);
      const HostMoments got = run_moments(*backend_, p, layout);
      const auto expected = reference::product_moments(p);
      expect_within(got.sum, expected.sum);
      expect_within(got.m2, expected.m2);
      expect_within(run_gradient(*backend_, p, behind, start, layout),
                    reference::product_gradient(p, behind, start));
    }
  }
}

TEST_P(ProductStatistics, TakeNoColumns) {
  const std::vector<float> none;
  const ProductProblem p{3, 2, 0, std::vector<float>(6, 1.0f), {}, {}};
  EXPECT_TRUE(run_moments(*backend_, p).sum.empty());
  EXPECT_TRUE(run_gradient(*backend_, p, {}, none).empty());
}

WEFT_ON_ALL_BACKENDS(ProductStatistics);

/// sum(weight * norm(x w + bias) * gamma) for the batch's own statistics, as a function of w: the gradient of
/// its output before gamma is the weight.
double weighted_output(const ProductProblem& p, const BehindProduct& behind, std::size_t element,
                       double change) {
  const std::vector<double> plain = p.y();
  double total = 0.0;
  for (std::int64_t j = 0; j < p.h; ++j) {
    std::vector<double> column;
    const bool changed = static_cast<std::int64_t>(element) % p.h == j;
    const std::int64_t k = static_cast<std::int64_t>(element) / p.h;
    double mean = 0.0, variance = 0.0;
    for (std::int64_t i = 0; i < p.n; ++i) {
      column.push_back(plain[ProductProblem::index(i, p.h, j)] + (changed ? change * p.at_x(i, k) : 0.0));
      mean += column.back() / static_cast<double>(p.n);
    }
    for (const double v : column) variance += (v - mean) * (v - mean) / static_cast<double>(p.n);
    for (std::int64_t i = 0; i < p.n; ++i) {
      total += static_cast<double>(behind.g[ProductProblem::index(i, p.h, j)]) *
               static_cast<double>(behind.gamma[static_cast<std::size_t>(j)]) *
               (column[static_cast<std::size_t>(i)] - mean) / std::sqrt(variance + 1e-5);
    }
  }
  return total;
}

TEST(ProductStatisticsReference, GradientIsTheSlopeOfTheOutput) {
  WEFT_TEST_RANDOM(random);
  const ProductProblem p = make_problem(random, {9, 4, 3});
  const BehindProduct behind = make_behind(random, p);
  const auto gradient = reference::product_gradient(p, behind, std::vector<float>(12, 0.0f));
  for (std::size_t i = 0; i < p.w.size(); ++i) {
    const double h = 1e-5;
    const double slope = (weighted_output(p, behind, i, h) - weighted_output(p, behind, i, -h)) / (2.0 * h);
    EXPECT_NEAR(gradient.value[i], slope, 1e-7) << "w " << i;
  }
}

TEST(ProductStatisticsBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  const ProductProblem p = make_problem(random, {20, 70, 90});
  const BehindProduct behind = make_behind(random, p);
  const auto start = random.values(p.c * p.h);
  expect_same_bits([&](Backend& backend) {
    const HostMoments got = run_moments(backend, p);
    return bytes_of(got.sum, got.m2, run_gradient(backend, p, behind, start));
  });
}

}  // namespace
}  // namespace weft::testing
