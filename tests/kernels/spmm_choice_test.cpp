// Which form a sparse product takes, from sizes and alignment alone.
#include "kernels/cuda/spmm_choice.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace weft::testing {
namespace {

/// ogbn-arxiv with both directions and self loops, 256 columns.
SpmmProblem arxiv(std::int64_t columns = 256, DType dtype = DType::kF32) {
  return {169343, 2484941, 13162, columns, dtype == DType::kBf16 ? 8 : 4, false};
}

SpmmForm form_of(const SpmmProblem& problem, SpmmMethod method = SpmmMethod::kAuto) {
  return choose_spmm(problem, method);
}

SpmmProblem problem_of(std::int64_t x_ld, DType x_type, std::int64_t y_ld, DType y_type,
                       std::size_t shift = 0) {
  alignas(64) static float memory[64];
  void* const data = reinterpret_cast<char*>(memory) + shift;
  const CsrView a{4, 3, 7, nullptr, nullptr, nullptr, nullptr};
  return spmm_problem(a, {data, 3, 5, x_ld, x_type}, {memory, 4, 5, y_ld, y_type}, false);
}

TEST(SpmmChoice, TakesAsManyNeighboursAsBothMatricesAllow) {
  const auto neighbours = [](auto... arguments) { return problem_of(arguments...).neighbours; };
  EXPECT_EQ(neighbours(8, DType::kF32, 8, DType::kF32), 4);
  EXPECT_EQ(neighbours(8, DType::kF32, 7, DType::kF32), 1);
  EXPECT_EQ(neighbours(5, DType::kF32, 8, DType::kF32), 1);
  EXPECT_EQ(neighbours(8, DType::kF32, 8, DType::kF32, 8), 1);  // an address between
  EXPECT_EQ(neighbours(8, DType::kBf16, 16, DType::kBf16), 8);
  EXPECT_EQ(neighbours(12, DType::kBf16, 16, DType::kBf16), 4);
  EXPECT_EQ(neighbours(8, DType::kBf16, 8, DType::kBf16, 8), 4);
  EXPECT_EQ(neighbours(8, DType::kBf16, 8, DType::kBf16, 2), 1);
  EXPECT_EQ(neighbours(8, DType::kBf16, 8, DType::kF32), 4);
  EXPECT_EQ(neighbours(8, DType::kF32, 8, DType::kBf16), 4);
}

TEST(SpmmChoice, GivesALaneNeighboursOrColumnsApart) {
  SpmmProblem problem = arxiv();
  EXPECT_TRUE(form_of(problem).vectors);
  EXPECT_EQ(form_of(problem).lane_columns, 4);
  problem.neighbours = 1;
  EXPECT_FALSE(form_of(problem).vectors);
  EXPECT_EQ(form_of(problem).lane_columns, 4);
  EXPECT_EQ(form_of(arxiv(256, DType::kBf16)).lane_columns, 8);
}

TEST(SpmmChoice, HasTheFewestLanesThatCoverTheColumns) {
  for (const auto& [columns, lanes] :
       {std::pair{1, 8}, {32, 8}, {33, 16}, {40, 16}, {64, 16}, {65, 32}, {128, 32}, {1000, 32}}) {
    EXPECT_EQ(form_of(arxiv(columns)).lanes, lanes) << columns;
  }
  EXPECT_EQ(form_of(arxiv(128, DType::kBf16)).lanes, 16);
}

TEST(SpmmChoice, HasMoreRowsUnderWayWhereTheyAreLong) {
  SpmmProblem problem = arxiv();  // 14.7 edges a row
  EXPECT_EQ(form_of(problem).at_once, 4);
  problem.edges = EdgeId{16} * problem.rows;
  EXPECT_EQ(form_of(problem).at_once, 8);
}

TEST(SpmmChoice, IsBalancedWhereARowMayBeLongerThanASegment) {
  SpmmProblem problem = arxiv();
  EXPECT_TRUE(form_of(problem).balanced);
  EXPECT_EQ(form_of(problem).segment_edges, 152);  // a 16384th of the edges
  problem.longest_row = 152;
  EXPECT_FALSE(form_of(problem).balanced);
  problem.longest_row = 153;
  EXPECT_TRUE(form_of(problem).balanced);
  problem.longest_row = 0;
  EXPECT_TRUE(form_of(problem).balanced);
  problem.edges = 128;  // no row can have more
  EXPECT_FALSE(form_of(problem).balanced);
  problem.edges = 129;
  EXPECT_TRUE(form_of(problem).balanced);
  EXPECT_EQ(form_of(problem).segment_edges, 128);
}

TEST(SpmmChoice, DoesWhatItIsTold) {
  EXPECT_FALSE(form_of(arxiv(), SpmmMethod::kRows).balanced);
  SpmmProblem even = arxiv();
  even.longest_row = 20;
  EXPECT_TRUE(form_of(even, SpmmMethod::kBalanced).balanced);
}

TEST(SpmmChoice, CutsSmallGraphsIntoMoreBlocks) {
  const auto block_rows = [](NodeId rows, std::int64_t columns, bool moments = false) {
    SpmmProblem problem = arxiv(columns);
    problem.rows = rows;
    problem.moments = moments;
    return form_of(problem).block_rows;
  };
  EXPECT_EQ(block_rows(1, 256), 4);
  EXPECT_EQ(block_rows(2708, 256), 4);
  EXPECT_EQ(block_rows(2708, 16), 16);         // a row for each of 16 groups of 8 lanes
  EXPECT_EQ(block_rows(2708, 256, true), 16);  // or the parts of the moments would outweigh y
  EXPECT_EQ(block_rows(19717, 256), 8);
  EXPECT_EQ(block_rows(169343, 128), 8);
  EXPECT_EQ(block_rows(std::numeric_limits<NodeId>::max(), 256), 8);
}

/// No form may need more than what is reserved before types, alignment and card are known.
TEST(SpmmChoice, FitsEveryFormIntoItsScratch) {
  for (const NodeId rows : {1, 3, 200, 2708, 169343, 2449029}) {
    for (const EdgeId edges : {EdgeId{0}, EdgeId{1}, EdgeId{257}, EdgeId{2484941}, EdgeId{1} << 33}) {
      for (const std::int64_t columns : {1, 7, 33, 64, 65, 100, 129, 256, 257, 300, 2000}) {
        for (const int neighbours : {1, 4, 8}) {
          const SpmmProblem problem{rows, edges, 0, columns, neighbours, true};
          const SpmmForm form = choose_spmm(problem, SpmmMethod::kBalanced);
          const CsrView a{rows, rows, edges, nullptr, nullptr, nullptr, nullptr};
          const SpmmScratch scratch = spmm_scratch_for(a, columns, SpmmMethod::kBalanced, true);
          const auto pieces = [](std::int64_t n, std::int64_t size) { return (n + size - 1) / size; };
          EXPECT_GE(scratch.segments * form.segment_edges, edges);
          EXPECT_LE(scratch.segments, 16384);
          EXPECT_GE(scratch.partial_columns, pieces(columns, form.panel_columns()) * form.panel_columns());
          const auto joins = pieces(2 * scratch.segments, form.groups() * kSpmmJoinPlaces);
          EXPECT_GE(scratch.moment_parts, pieces(rows, form.block_rows) + joins);
          EXPECT_EQ(form.block_rows % form.groups(), 0);
        }
      }
    }
  }
}

TEST(SpmmChoice, ReservesNothingThatIsNotAskedFor) {
  const CsrView a{1000, 1000, 100, nullptr, nullptr, nullptr, nullptr};
  EXPECT_EQ(spmm_scratch_for(a, 64, SpmmMethod::kAuto, false).bytes(), 0u);
  EXPECT_EQ(spmm_scratch_for(a, 64, SpmmMethod::kRows, true).bytes(), std::size_t{63} * 64 * kSpmmPartBytes);
  EXPECT_EQ(spmm_scratch_for(a, 64, SpmmMethod::kBalanced, false).bytes(), std::size_t{2} * 64 * 4 + 2 * 4);
}

}  // namespace
}  // namespace weft::testing
