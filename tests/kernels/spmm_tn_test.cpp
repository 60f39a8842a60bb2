// spmm_tn against the reference, and its bits.
#include "tests/reference/spmm_tn.hpp"

#include <gtest/gtest.h>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

/// A^T of a host matrix, its edge ids naming the entries of `a`.
struct Transposed {
  HostCsr structure;
  std::vector<EdgeId> entries;
};

Transposed transposed(const HostCsr& a) {
  std::vector<std::vector<NodeId>> rows(static_cast<std::size_t>(a.num_cols));
  std::vector<std::vector<EdgeId>> entries(rows.size());
  for (NodeId i = 0; i < a.num_rows; ++i) {
    for (EdgeId e = a.offsets[static_cast<std::size_t>(i)]; e < a.offsets[static_cast<std::size_t>(i) + 1];
         ++e) {
      const auto j = static_cast<std::size_t>(a.cols[static_cast<std::size_t>(e)]);
      rows[j].push_back(i);
      entries[j].push_back(e);
    }
  }
  Transposed out{csr_from_rows(rows, a.num_rows), {}};
  for (const auto& row : entries) out.entries.insert(out.entries.end(), row.begin(), row.end());
  return out;
}

/// A matrix and its transpose in a backend's memory.
class OnBackend {
 public:
  OnBackend(Backend& backend, const HostCsr& a) : OnBackend(backend, a, testing::transposed(a)) {}

  CsrView matrix, transposed;

 private:
  OnBackend(Backend& backend, const HostCsr& a, const Transposed& turned)
      : matrix(a.view()),
        transposed(turned.structure.view()),
        offsets_(backend, a.offsets),
        turned_offsets_(backend, turned.structure.offsets),
        entries_(backend, turned.entries),
        cols_(backend, a.cols),
        turned_cols_(backend, turned.structure.cols),
        weights_(backend, a.weights) {
    matrix.offsets = offsets_.data();
    matrix.cols = cols_.data();
    if (!a.weights.empty()) matrix.weights = weights_.data();
    transposed.offsets = turned_offsets_.data();
    transposed.cols = turned_cols_.data();
    transposed.edge_ids = entries_.data();
  }

  GuardedVec<EdgeId> offsets_, turned_offsets_, entries_;
  GuardedVec<NodeId> cols_, turned_cols_;
  GuardedVec<float> weights_;
};

std::vector<float> run_spmm_tn(Backend& backend, const HostCsr& a, const std::vector<float>& x,
                               std::int64_t h, const std::vector<float>& y, const Storage& storage = {}) {
  const OnBackend on(backend, a);
  const GuardedMatrix in(backend, a.num_rows, h, x, storage), out(backend, a.num_cols, h, y, storage);
  run_guarded(backend, SpmmTn{on.matrix, on.transposed, in.view(), out.view()});
  return out.values();
}

class SpmmTnTest : public BackendTest {
 protected:
  void check(Random& random, const HostCsr& a, std::int64_t h, const Storage& storage = {}) {
    const auto x = random.values(a.num_rows * h), y = random.values(a.num_cols * h);
    expect_within(run_spmm_tn(*backend_, a, x, h, y, storage), reference::spmm_tn(a.view(), x, h, y));
  }
};

TEST_P(SpmmTnTest, AddsForAnyWidthAndLayout) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t h : {1, 3, 7, 8, 16, 31, 32, 33, 40, 64, 65, 129, 257}) {
    for (const Layout layout : {Layout::kTight, Layout::kAligned, Layout::kOdd}) {
      SCOPED_TRACE("h " + std::to_string(h));
      check(random, random_csr(random, 61, 47, 6, h % 2 == 1), h, {layout});
    }
  }
}

TEST_P(SpmmTnTest, AddsPartialSumsOfManyRows) {
  WEFT_TEST_RANDOM(random);
  check(random, random_csr(random, 20000, 40, 12, true), 40);
}

TEST_P(SpmmTnTest, TakesHubsAndEmptyShapes) {
  WEFT_TEST_RANDOM(random);
  check(random, hub_csr(5, 300, 3), 16);
  check(random, random_csr(random, 300, 1, 4, true), 16);
  check(random, csr_from_rows({{}, {}}, 3), 16);
  check(random, csr_from_rows({}, 3), 16);
  check(random, csr_from_rows({{}, {}}, 0), 16);
  check(random, random_csr(random, 9, 7, 3, true), 0);
}

TEST_P(SpmmTnTest, RefusesWhatDisagrees) {
  WEFT_TEST_RANDOM(random);
  const HostCsr a = random_csr(random, 9, 7, 3, true);
  const OnBackend on(*backend_, a);
  const GuardedMatrix x(*backend_, 9, 4, random.values(36)), y(*backend_, 7, 4, random.values(28)),
      square(*backend_, 9, 9, random.values(81));
  const auto refuse = [&](const CsrView& turned, ConstMat in, Mat out) {
    const SpmmTn op{on.matrix, turned, in, out};
    ScratchStream stream(*backend_, backend_->scratch(op));
    return error_of(ErrorCode::kInvalidArgument, [&] { backend_->run(stream, op); });
  };
  EXPECT_NE(refuse(on.transposed, y.view(), y.view()).find("x is [7, 4]"), std::string::npos);
  EXPECT_NE(refuse(on.transposed, x.view(), x.view()).find("y is [9, 4]"), std::string::npos);
  if (!backend_->takes_transposed()) return;
  EXPECT_NE(refuse(on.matrix, x.view(), y.view()).find("its transpose is [9, 7]"), std::string::npos);
  CsrView anonymous = on.transposed;
  anonymous.edge_ids = nullptr;
  EXPECT_NE(refuse(anonymous, x.view(), y.view()).find("which entries"), std::string::npos);
}

WEFT_ON_ALL_BACKENDS(SpmmTnTest);

TEST(SpmmTn, HasTheSameBitsEverywhere) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t h : {7, 16, 40}) {
    const HostCsr a = random_csr(random, 20000, 40, 12, true);
    const auto x = random.values(a.num_rows * h), y = random.values(a.num_cols * h);
    expect_same_bits([&](Backend& backend) { return bytes_of(run_spmm_tn(backend, a, x, h, y)); });
  }
}

}  // namespace
}  // namespace weft::testing
