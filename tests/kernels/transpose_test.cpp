// transpose is exact: against the reference for graphs of every shape.
#include "tests/reference/transpose.hpp"

#include <gtest/gtest.h>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"

namespace weft::testing {
namespace {

struct Transposed {
  std::vector<EdgeId> offsets;
  std::vector<NodeId> cols;
};

Transposed run_transpose(Backend& backend, const HostCsr& a) {
  const GuardedVec<EdgeId> offsets(backend, a.offsets);
  const GuardedVec<NodeId> cols(backend, a.cols);
  const GuardedVec<EdgeId> new_offsets(backend, std::int64_t{a.num_cols} + 1);
  const GuardedVec<NodeId> new_cols(backend, a.num_edges());
  CsrView view = a.view();
  view.offsets = offsets.data();
  view.cols = cols.data();
  run_guarded(backend, Transpose{view, new_offsets.view(), new_cols.view()});
  return {new_offsets.values(), new_cols.values()};
}

class TransposeTest : public BackendTest {
 protected:
  void check(const HostCsr& a) {
    const HostCsr expected = csr_from_rows(reference::transpose(a.view()), a.num_rows);
    const Transposed got = run_transpose(*backend_, a);
    EXPECT_EQ(got.offsets, expected.offsets);
    EXPECT_EQ(got.cols, expected.cols);
  }
};

TEST_P(TransposeTest, TurnsRandomGraphs) {
  WEFT_TEST_RANDOM(random);
  for (const auto& [n, m] : {std::pair{1, 1}, {31, 33}, {257, 7}, {3, 1000}, {700, 900}, {1100, 1100}}) {
    SCOPED_TRACE("A [" + std::to_string(n) + ", " + std::to_string(m) + "]");
    check(random_csr(random, n, m, 6, false));
  }
}

TEST_P(TransposeTest, TurnsHubs) {
  check(hub_csr(100, 2000, 50));  // a row with all edges
  std::vector<std::vector<NodeId>> to_one(2000, std::vector<NodeId>{50});
  check(csr_from_rows(to_one, 100));  // a column with all edges
}

TEST_P(TransposeTest, KeepsEdgesThatAreThereTwice) { check(csr_from_rows({{1, 1, 2}, {}, {1, 2, 2, 2}}, 4)); }

TEST_P(TransposeTest, TakesEmptyShapes) {
  check(csr_from_rows({}, 0));
  check(csr_from_rows({}, 5));
  check(csr_from_rows({{}, {}, {}}, 0));
  check(csr_from_rows({{}, {}, {}}, 4));
}

WEFT_ON_ALL_BACKENDS(TransposeTest);

TEST(TransposeBits, DoNotDependOnTheOrderOfWork) {
  WEFT_TEST_RANDOM(random);
  const HostCsr a = random_csr(random, 900, 800, 9, false);
  expect_same_bits([&](Backend& backend) {
    const Transposed got = run_transpose(backend, a);
    return bytes_of(got.offsets, got.cols);
  });
}

}  // namespace
}  // namespace weft::testing
