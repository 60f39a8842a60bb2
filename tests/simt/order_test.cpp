// The orders in which blocks and threads run.
#include "kernels/simt/order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "kernels/base/error.hpp"
#include "kernels/simt/simt.hpp"
#include "tests/simt/device_array.hpp"

namespace weft::simt {
namespace {

/// Each thread takes the next number.
__global__ void turn_kernel(int* next, int* turns) { turns[global_thread()] = atomicAdd(next, 1); }

}  // namespace
}  // namespace weft::simt

namespace weft::testing {
namespace {

using namespace weft::simt;

constexpr int kBlocks = 5, kThreads = 40;

std::vector<int> turns(const std::string& order) {
  const Order before = current_order();
  set_order(parse_order(order));
  const DeviceArray<int> next(std::vector<int>{0}), out(kBlocks * kThreads);
  launch(WEFT_KERNEL(turn_kernel), kBlocks, kThreads, kNoShared, nullptr, next.data(), out.data());
  set_order(before);
  return out.values();
}

TEST(Order, ForwardAndReverse) {
  std::vector<int> expected(kBlocks * kThreads);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(turns("forward"), expected);
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(turns("reverse"), expected);
}

TEST(Order, RandomIsTheSameForTheSameSeed) {
  const auto one = turns("random:1");
  EXPECT_EQ(turns("random:1"), one);
  EXPECT_NE(turns("random:2"), one);
  auto sorted = one;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, turns("forward"));
}

TEST(Order, EveryBlockComesOnce) {
  for (const std::uint64_t blocks : {1, 2, 6, 30, 97, 210}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      OrderDice dice(seed);
      const BlockOrder order({Order::Kind::kRandom, seed}, blocks, dice);
      std::vector<int> came(blocks, 0);
      for (std::uint64_t i = 0; i < blocks; ++i) ++came[order.at(i)];
      EXPECT_EQ(came, std::vector<int>(blocks, 1));
    }
  }
}

TEST(Order, Texts) {
  EXPECT_EQ(parse_order("random:12").seed, 12u);
  for (const char* text : {"", "backward", "random", "random:", "random:x", "random:1x"}) {
    EXPECT_THROW(parse_order(text), Error) << text;
  }
}

}  // namespace
}  // namespace weft::testing
