// Elements whose flat index needs more than 32 bits, without the memory: rows far apart in a mapping of which
// only the pages that are touched exist.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"

namespace weft::testing {
namespace {

/// A float32 matrix of few columns whose rows lie `ld` elements apart, all 0 at first.
class SparseMatrix {
 public:
  SparseMatrix(std::int64_t rows, std::int64_t cols, std::int64_t ld)
      : rows_(rows),
        cols_(cols),
        ld_(ld),
        bytes_(static_cast<std::size_t>((rows - 1) * ld + cols) * sizeof(float)) {
    memory_ =
        mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }
  SparseMatrix(const SparseMatrix&) = delete;
  SparseMatrix& operator=(const SparseMatrix&) = delete;
  ~SparseMatrix() {
    if (there()) munmap(memory_, bytes_);
  }

  bool there() const { return memory_ != MAP_FAILED; }
  Mat view() const { return {memory_, rows_, cols_, ld_, DType::kF32}; }
  float& at(std::int64_t row, std::int64_t col) const { return view().row(row)[col]; }
  void set(const std::vector<float>& values) const {
    for (std::size_t i = 0; i < values.size(); ++i) {
      at(static_cast<std::int64_t>(i) / cols_, static_cast<std::int64_t>(i) % cols_) = values[i];
    }
  }
  std::vector<float> values() const {
    std::vector<float> all;
    for (std::int64_t i = 0; i < rows_ * cols_; ++i) all.push_back(at(i / cols_, i % cols_));
    return all;
  }

 private:
  std::int64_t rows_, cols_, ld_;
  std::size_t bytes_;
  void* memory_;
};

/// Rows [4, 5], so that the last one begins behind 2^32 elements.
constexpr std::int64_t kRows = 4, kCols = 5, kFar = (std::int64_t{1} << 31) + 8;

class FarIndex : public BackendTest {
 protected:
  void SetUp() override {
    if (!GetParam().takes_host_memory) GTEST_SKIP() << "no memory but the backend's own may be used";
    if (!far_.there() || !other_.there())
      GTEST_SKIP() << "no address space for " << 2 * kFar * kRows * 4 << " bytes";
    far_.set(host_);
  }

  Random random_{seed()};
  const std::vector<float> host_ = random_.values(kRows * kCols);
  const SparseMatrix far_{kRows, kCols, kFar}, other_{kRows, kCols, kFar - 8};
};

TEST_P(FarIndex, IsReachedByElementwiseOps) {
  Activation block;
  block.relu = true;
  run_guarded(*backend_, Convert{far_.view(), other_.view()});
  EXPECT_EQ(other_.values(), host_);
  run_guarded(*backend_, Activate{far_.view(), block, other_.view()});
  auto expected = host_;
  for (float& v : expected) v = std::max(v, 0.0f);
  EXPECT_EQ(other_.values(), expected);
  run_guarded(*backend_, ActivateBackward{far_.view(), other_.view(), block, other_.view()});
  EXPECT_EQ(other_.values(), expected);  // what the ReLU let through passes it again
}

TEST_P(FarIndex, IsReachedByReductions) {
  const GuardedVec<float> sums(*backend_, std::vector<float>(kCols, 0.0f));
  run_guarded(*backend_, ColumnSums{far_.view(), sums.view()});
  const auto got = sums.values();
  for (std::size_t j = 0; j < kCols; ++j) {
    EXPECT_NEAR(got[j], host_[j] + host_[kCols + j] + host_[2 * kCols + j] + host_[3 * kCols + j], 1e-6f);
  }
  const GuardedVec<std::int32_t> best(*backend_, kRows);
  run_guarded(*backend_, Argmax{far_.view(), best.view()});
  for (std::size_t i = 0; i < kRows; ++i) {
    const auto row = host_.begin() + static_cast<std::int64_t>(i) * kCols;
    EXPECT_EQ(best.values()[i], std::max_element(row, row + kCols) - row);
  }
}

TEST_P(FarIndex, IsReachedByLosses) {
  const GuardedVec<std::int32_t> labels(*backend_, {4, 0, 2, 1});
  const GuardedVec<double> far_loss(*backend_, 1), near_loss(*backend_, 1);
  constexpr Storage kAlike{Layout::kAligned};  // rows of other layouts may be summed in another order
  const GuardedMatrix near_logits(*backend_, kRows, kCols, host_, kAlike);
  const GuardedMatrix near_gradient(*backend_, kRows, kCols, kAlike);
  run_guarded(*backend_, LogSoftmaxNll{far_.view(), labels.view(), other_.view(), far_loss.view()});
  run_guarded(*backend_,
              LogSoftmaxNll{near_logits.view(), labels.view(), near_gradient.view(), near_loss.view()});
  EXPECT_EQ(far_loss.values(), near_loss.values());
  EXPECT_EQ(other_.values(), near_gradient.values());
  run_guarded(*backend_, BceWithLogits{far_.view(), far_.view(), other_.view(), far_loss.view()});
  run_guarded(*backend_,
              BceWithLogits{near_logits.view(), near_logits.view(), near_gradient.view(), near_loss.view()});
  EXPECT_EQ(far_loss.values(), near_loss.values());
  EXPECT_EQ(other_.values(), near_gradient.values());
}

TEST_P(FarIndex, IsReachedBySparseProducts) {
  // Row i of y is the i-th last row of x.
  const GuardedVec<EdgeId> offsets(*backend_, {0, 1, 2, 3, 4});
  const GuardedVec<NodeId> cols(*backend_, {3, 2, 1, 0});
  const CsrView a{kRows, kRows, kRows, offsets.data(), cols.data(), nullptr, nullptr};
  auto methods = backend_->spmm_methods();
  methods.push_back(SpmmMethod::kAuto);
  for (const SpmmMethod method : methods) {
    SpmmOptions options;
    options.method = method;
    other_.set(std::vector<float>(host_.size(), 7.0f));
    run_guarded(*backend_, Spmm{a, far_.view(), other_.view(), options});
    for (std::int64_t i = 0; i < kRows; ++i) {
      for (std::int64_t j = 0; j < kCols; ++j) EXPECT_EQ(other_.at(i, j), far_.at(kRows - 1 - i, j));
    }
  }
}

TEST_P(FarIndex, IsReachedByDenseProducts) {
  std::vector<float> identity(kCols * kCols, 0.0f);
  for (std::size_t j = 0; j < kCols; ++j) identity[j * kCols + j] = 1.0f;
  const GuardedMatrix unit(*backend_, kCols, kCols, identity);
  run_guarded(*backend_, Gemm{far_.view(), unit.view(), other_.view()});
  EXPECT_EQ(other_.values(), host_);
  other_.set(std::vector<float>(host_.size(), 0.0f));
  run_guarded(*backend_, GemmNt{far_.view(), unit.view(), other_.view()});
  EXPECT_EQ(other_.values(), host_);
}

TEST_P(FarIndex, IsReachedByRowMoves) {
  const GuardedVec<NodeId> rows(*backend_, {3, 0, 1, 2});
  run_guarded(*backend_, GatherRows{far_.view(), rows.view(), other_.view()});
  for (std::int64_t j = 0; j < kCols; ++j) EXPECT_EQ(other_.at(0, j), far_.at(3, j));
  const SparseMatrix back(kRows, kCols, kFar);
  run_guarded(*backend_, ScatterRows{other_.view(), rows.view(), back.view()});
  EXPECT_EQ(back.values(), host_);
}

TEST_P(FarIndex, IsReachedByTheLastOfTheMostRows) {
  constexpr NodeId kMost = 2147483647;
  const SparseMatrix x(kMost, 2, 2);
  if (!x.there()) GTEST_SKIP() << "no address space";
  const std::vector<NodeId> rows{kMost - 1, 1 << 30, 0};
  for (const NodeId row : rows) x.at(row, 1) = static_cast<float>(row % 1000);
  const GuardedVec<NodeId> rows_there(*backend_, rows);
  const GuardedMatrix y(*backend_, 3, 2);
  run_guarded(*backend_, GatherRows{x.view(), rows_there.view(), y.view()});
  EXPECT_EQ(y.values(), (std::vector<float>{0, 646, 0, 824, 0, 0}));
  const GuardedVec<EdgeId> offsets(*backend_, {0, 1, 3});
  const GuardedVec<NodeId> cols(*backend_, {kMost - 1, 0, 1 << 30});
  const CsrView a{2, kMost, 3, offsets.data(), cols.data(), nullptr, nullptr};
  const GuardedMatrix product(*backend_, 2, 2);
  run_guarded(*backend_, Spmm{a, x.view(), product.view()});
  EXPECT_EQ(product.values(), (std::vector<float>{0, 646, 0, 824}));
}

WEFT_ON_ALL_BACKENDS(FarIndex);

}  // namespace
}  // namespace weft::testing
