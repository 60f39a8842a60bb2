// How blocks of threads walk over matrices of any shape: every element once, reductions cut by shape alone.
#include <gtest/gtest.h>

#include "kernels/cuda/columns.cuh"

namespace weft::testing {
namespace {

constexpr std::int64_t kRows[] = {1, 2, 63, 64, 65, 1000, 169343, 2449029, 2147483647};
constexpr std::int64_t kCols[] = {1,  2,   3,   4,   5,   7,   8,    31,   33,
                                  40, 100, 128, 129, 256, 257, 1433, 8710, 100000};
constexpr int kWidths[] = {1, 4, 8};

/// The block's threads hold the walk, and its blocks cover the matrix without one too many.
void expect_covers(const simt::ColumnWalk& walk) {
  ASSERT_GE(walk.lanes, 1);
  ASSERT_GE(walk.across, 1);
  EXPECT_LE(walk.across * walk.lanes, simt::kColumnThreads);
  EXPECT_LE(walk.across * walk.width, simt::kColumnThreads) << "a thread joins one column at most";
  const std::int64_t tile = std::int64_t{walk.across} * walk.width;
  const simt::dim3 grid = walk.grid();
  EXPECT_GE(tile * grid.y, walk.cols);
  EXPECT_LT(tile * (grid.y - 1), walk.cols);
  EXPECT_GE(walk.rows_per_part * grid.x, walk.rows);
  EXPECT_LT(walk.rows_per_part * (grid.x - 1), walk.rows);
  EXPECT_LE(walk.rows_per_part, 2147483647) << "rows of a part are counted in 32 bits";
}

template <class Check>
void for_each_shape(const Check& check) {
  for (const std::int64_t n : kRows) {
    for (const std::int64_t c : kCols) {
      for (const int width : kWidths) {
        SCOPED_TRACE("n " + std::to_string(n) + ", c " + std::to_string(c) + ", width " +
                     std::to_string(width));
        check(n, c, width);
      }
    }
  }
}

TEST(ColumnWalk, CoversEveryElementOnce) {
  for_each_shape([](std::int64_t n, std::int64_t c, int width) {
    expect_covers(simt::reduction_walk(n, c, width));
    const simt::ColumnWalk walk = simt::independent_walk(n, c, width, 4, 16);
    expect_covers(walk);
    EXPECT_EQ(walk.rows_per_part % walk.lanes, 0) << "every thread has as many rows";
    EXPECT_GE(walk.rows_per_part / walk.lanes, 4);
    EXPECT_LE(walk.rows_per_part / walk.lanes, 16);
  });
}

TEST(ColumnWalk, CutsReductionsByTheShapeAlone) {
  for_each_shape([](std::int64_t n, std::int64_t c, int width) {
    EXPECT_EQ(simt::reduction_walk(n, c, width).parts(), simt::reduction_parts(n, c));
    EXPECT_LE(simt::reduction_parts(n, c), 1024);
  });
}

TEST(ColumnWalk, KeepsThreadsThatShareASectorInOneWarp) {
  for_each_shape([](std::int64_t n, std::int64_t c, int width) {
    if (width == 1 || c <= width) return;
    EXPECT_EQ(simt::reduction_walk(n, c, width).across % 2, 0);
  });
}

TEST(ColumnWalk, GivesThreadsMoreRowsWhereBlocksAreLeft) {
  EXPECT_EQ(simt::independent_walk(169343, 256, 4, 4, 16).rows_per_part, 16 * 4);
  EXPECT_EQ(simt::independent_walk(2708, 256, 4, 4, 16).rows_per_part, 4 * 4);
}

}  // namespace
}  // namespace weft::testing
