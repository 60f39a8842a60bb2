// drop_values against the reference, its mask against that of the dense matrix, and its bits.
#include "tests/reference/drop_values.hpp"

#include <gtest/gtest.h>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

constexpr StepState kStep{0x123456789abcdefull, 41, 3, 0.0f};
constexpr std::uint32_t kLayer = 2;

std::vector<float> run_drop_values(Backend& backend, const HostCsr& a, float rate) {
  const GuardedVec<EdgeId> offsets(backend, a.offsets);
  const GuardedVec<NodeId> cols(backend, a.cols);
  const GuardedVec<float> weights(backend, a.weights), values(backend, a.num_edges());
  const GuardedVec<StepState> step(backend, std::vector<StepState>{kStep});
  CsrView view = a.view();
  view.offsets = offsets.data();
  view.cols = cols.data();
  if (view.weights != nullptr) view.weights = weights.data();
  run_guarded(backend, DropValues{view, {rate, kLayer, step.data()}, values.view()});
  return values.values();
}

RandomKey key() { return random_key(kStep.seed, kStep.run, kLayer, Purpose::kDropout, kStep.step); }

class DropValuesTest : public BackendTest {};

TEST_P(DropValuesTest, DropsWhatTheGeneratorSays) {
  WEFT_TEST_RANDOM(random);
  for (const bool weighted : {false, true}) {
    for (const NodeId cols : {1, 3, 5, 64, 5000}) {
      for (const float rate : {0.0f, 0.1f, 0.5f, 0.9f}) {
        SCOPED_TRACE("cols " + std::to_string(cols) + ", rate " + std::to_string(rate));
        const HostCsr a = random_csr(random, 90, cols, 11, weighted);
        expect_within(run_drop_values(*backend_, a, rate), reference::drop_values(a.view(), rate, key()));
      }
    }
  }
}

TEST_P(DropValuesTest, DropsWhatActivateDropsInTheDenseMatrix) {
  WEFT_TEST_RANDOM(random);
  constexpr NodeId kRows = 37, kCols = 41;
  std::vector<std::vector<NodeId>> rows(kRows);
  for (auto& row : rows) {
    for (NodeId j = 0; j < kCols; ++j) row.push_back(j);
  }
  HostCsr a = csr_from_rows(rows, kCols);
  a.weights = random.values(a.num_edges());
  const GuardedMatrix x(*backend_, kRows, kCols, a.weights), y(*backend_, kRows, kCols);
  const GuardedVec<StepState> step(*backend_, std::vector<StepState>{kStep});
  Activation dropout;
  dropout.dropout = {0.4f, kLayer, step.data()};
  run_guarded(*backend_, Activate{x.view(), dropout, y.view()});
  EXPECT_EQ(run_drop_values(*backend_, a, 0.4f), y.values());
}

TEST_P(DropValuesTest, TakesNoRowsAndNoEntries) {
  EXPECT_TRUE(run_drop_values(*backend_, csr_from_rows({}, 4), 0.5f).empty());
  EXPECT_TRUE(run_drop_values(*backend_, csr_from_rows({{}, {}}, 4), 0.5f).empty());
}

TEST_P(DropValuesTest, RefusesWhatDisagrees) {
  WEFT_TEST_RANDOM(random);
  const HostCsr a = random_csr(random, 9, 7, 3, true);
  const GuardedVec<EdgeId> offsets(*backend_, a.offsets);
  const GuardedVec<NodeId> cols(*backend_, a.cols);
  const GuardedVec<float> weights(*backend_, a.weights), few(*backend_, a.num_edges() - 1);
  CsrView view = a.view();
  view.offsets = offsets.data();
  view.cols = cols.data();
  view.weights = weights.data();
  const auto refuse = [&](const Dropout& dropout, Vec<float> values) {
    return error_of(ErrorCode::kInvalidArgument, [&] {
      run_guarded(*backend_, DropValues{view, dropout, values});
    });
  };
  EXPECT_NE(refuse({}, few.view()).find("number of entries"), std::string::npos);
  EXPECT_NE(refuse({1.0f}, weights.view()).find("[0, 1)"), std::string::npos);
  EXPECT_NE(refuse({0.5f}, weights.view()).find("no step state"), std::string::npos);
  EXPECT_NE(refuse({}, weights.view()).find("same memory"), std::string::npos);
}

WEFT_ON_ALL_BACKENDS(DropValuesTest);

TEST(DropValues, HasTheSameBitsEverywhere) {
  WEFT_TEST_RANDOM(random);
  const HostCsr a = random_csr(random, 3000, 300, 9, true);
  expect_same_bits([&](Backend& backend) { return bytes_of(run_drop_values(backend, a, 0.5f)); });
}

}  // namespace
}  // namespace weft::testing
