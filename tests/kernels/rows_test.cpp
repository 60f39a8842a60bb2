// gather_rows copies bits, any row any number of times.
#include <gtest/gtest.h>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"

namespace weft::testing {
namespace {

class Rows : public ::testing::TestWithParam<BackendCase> {
 protected:
  std::vector<float> gather(const std::vector<float>& x, std::int64_t n, std::int64_t c,
                            const std::vector<NodeId>& rows) {
    const GuardedMatrix in(*backend_, n, c, x);
    const GuardedVec<NodeId> rows_there(*backend_, rows);
    const GuardedMatrix out(*backend_, static_cast<std::int64_t>(rows.size()), c, 1);
    ScratchStream stream(*backend_, 0);
    backend_->gather_rows(stream, in.view(), rows_there.view(), out.view());
    return out.values();
  }

  std::unique_ptr<Backend> backend_ = GetParam().make();
};

TEST_P(Rows, GatherCopiesTheRowsAsked) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {1, 7, 31, 33, 40, 257}) {
    const std::int64_t n = 50, r = 700;
    const auto x = random.values(n * c);
    std::vector<NodeId> rows;
    std::vector<float> expected;
    for (std::int64_t i = 0; i < r; ++i) {
      const std::int64_t row = random.below(n);
      rows.push_back(static_cast<NodeId>(row));
      expected.insert(expected.end(), x.begin() + row * c, x.begin() + (row + 1) * c);
    }
    EXPECT_EQ(gather(x, n, c, rows), expected) << "c " << c;
  }
}

TEST_P(Rows, GatherTakesEmptyShapes) {
  EXPECT_TRUE(gather({1, 2}, 1, 2, {}).empty());
  EXPECT_TRUE(gather({}, 2, 0, {1, 0, 1}).empty());
}

INSTANTIATE_TEST_SUITE_P(Backends, Rows, ::testing::ValuesIn(all_backends()), backend_name);

}  // namespace
}  // namespace weft::testing
