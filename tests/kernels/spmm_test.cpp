// spmm against the reference, with every combination of its options, and its bits across instruction sets and
// threads.
#include "tests/reference/spmm.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

/// Host values of an spmm's optional vectors; an empty one is not given.
struct Scales {
  std::vector<float> row;
  std::vector<float> col;
  std::vector<float> bias;

  SpmmOptions options() const {
    return {{row.data(), static_cast<std::int64_t>(row.size())},
            {col.data(), static_cast<std::int64_t>(col.size())},
            {bias.data(), static_cast<std::int64_t>(bias.size())}};
  }
};

std::vector<float> run_spmm(Backend& backend, const HostCsr& a, const std::vector<float>& x, std::int64_t c,
                            const Scales& scales) {
  const GuardedVec<EdgeId> offsets(backend, a.offsets);
  const GuardedVec<NodeId> cols(backend, a.cols);
  const GuardedVec<float> weights(backend, a.weights);
  const GuardedVec<float> row_scale(backend, scales.row);
  const GuardedVec<float> col_scale(backend, scales.col);
  const GuardedVec<float> bias(backend, scales.bias);
  const GuardedMatrix in(backend, a.num_cols, c, x);
  const GuardedMatrix out(backend, a.num_rows, c, 1);
  CsrView view = a.view();
  view.offsets = offsets.data();
  view.cols = cols.data();
  if (view.weights != nullptr) view.weights = weights.data();
  ScratchStream stream(backend, 0);
  backend.spmm(stream, view, in.view(), out.view(), {row_scale.view(), col_scale.view(), bias.view()});
  return out.values();
}

class Spmm : public ::testing::TestWithParam<BackendCase> {
 protected:
  void check(const HostCsr& a, const std::vector<float>& x, std::int64_t c, const Scales& scales = {}) {
    expect_within(run_spmm(*backend_, a, x, c, scales), reference::spmm(a.view(), x, c, scales.options()));
  }

  std::unique_ptr<Backend> backend_ = GetParam().make();
};

TEST_P(Spmm, SumsRowsOfAnyWidth) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {1, 7, 31, 32, 33, 40, 64, 128, 256, 257, 300}) {
    SCOPED_TRACE("c " + std::to_string(c));
    const HostCsr a = random_csr(random, 61, 47, 6, c % 2 == 1);
    check(a, random.values(a.num_cols * c), c);
  }
}

TEST_P(Spmm, AppliesEveryCombinationOfScalesWeightsAndBias) {
  WEFT_TEST_RANDOM(random);
  const std::int64_t c = 37;
  for (int mask = 0; mask < 16; ++mask) {
    SCOPED_TRACE("mask " + std::to_string(mask));
    const HostCsr a = random_csr(random, 40, 53, 5, (mask & 1) != 0);
    Scales scales;
    if (mask & 2) scales.row = random.values(a.num_rows);
    if (mask & 4) scales.col = random.values(a.num_cols);
    if (mask & 8) scales.bias = random.values(c);
    check(a, random.values(a.num_cols * c), c, scales);
  }
}

TEST_P(Spmm, GivesRowsWithoutEdgesTheBias) {
  const HostCsr a = csr_from_rows({{}, {}, {}}, 2);
  const Scales scales{{2.0f, 2.0f, 2.0f}, {}, {0.5f, -1.0f}};
  EXPECT_EQ(run_spmm(*backend_, a, {1, 2, 3, 4}, 2, scales),
            (std::vector<float>{0.5f, -1, 0.5f, -1, 0.5f, -1}));
  EXPECT_EQ(run_spmm(*backend_, a, {1, 2, 3, 4}, 2, {}), std::vector<float>(6, 0.0f));
}

TEST_P(Spmm, TakesEmptyShapes) {
  EXPECT_TRUE(run_spmm(*backend_, csr_from_rows({}, 4), std::vector<float>(12), 3, {}).empty());
  EXPECT_TRUE(run_spmm(*backend_, csr_from_rows({{0}, {0}}, 1), {}, 0, {}).empty());
  EXPECT_EQ(run_spmm(*backend_, csr_from_rows({{}, {}}, 0), {}, 2, {}), std::vector<float>(4, 0.0f));
}

TEST_P(Spmm, SumsOneHubThatHoldsAllEdges) {
  WEFT_TEST_RANDOM(random);
  for (const NodeId hub : {0, 50, 99}) {
    const HostCsr a = hub_csr(100, 5000, hub);
    check(a, random.values(a.num_cols * 33), 33);
  }
}

TEST_P(Spmm, FusesEveryMultiplyAdd) {
  // (1 + 2^-12)^2 - 1 has a last bit, 2^-24, that a product rounded on its own loses.
  const float one_and_a_bit = 1.0f + 0x1.0p-12f;
  const float exact = 0x1.0p-11f + 0x1.0p-24f;
  HostCsr a = csr_from_rows({{0, 1}}, 2);
  a.weights = {-1.0f, one_and_a_bit};
  EXPECT_EQ(run_spmm(*backend_, a, {1.0f, one_and_a_bit}, 1, {}), std::vector<float>{exact});
  const HostCsr single = csr_from_rows({{0}}, 1);
  EXPECT_EQ(run_spmm(*backend_, single, {one_and_a_bit}, 1, {{one_and_a_bit}, {}, {-1.0f}}),
            std::vector<float>{exact});
}

INSTANTIATE_TEST_SUITE_P(Backends, Spmm, ::testing::ValuesIn(all_backends()), backend_name);

TEST(SpmmBits, AreTheSameOnEveryInstructionSetAndThreadCount) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {40, 129, 256}) {
    const HostCsr a = random_csr(random, 700, 900, 8, true);
    const auto x = random.values(a.num_cols * c);
    const Scales scales{random.values(a.num_rows), random.values(a.num_cols), random.values(c)};
    std::vector<float> first;
    for (const BackendCase& which : equal_backends()) {
      SCOPED_TRACE(which.name + ", c " + std::to_string(c));
      const auto got = run_spmm(*which.make(), a, x, c, scales);
      if (first.empty()) first = got;
      EXPECT_EQ(std::memcmp(got.data(), first.data(), got.size() * sizeof(float)), 0);
    }
  }
}

}  // namespace
}  // namespace weft::testing
