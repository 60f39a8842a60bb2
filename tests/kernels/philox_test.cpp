// The random numbers: Random123's published vectors, and what the layers above build on them.
#include "kernels/base/philox.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

namespace weft::testing {
namespace {

std::vector<std::uint32_t> words(const RandomBlock& block) { return {block.v, block.v + 4}; }

TEST(Philox, GivesThePublishedVectors) {
  // Known answers of Random123 for philox4x32-10: zeros, ones, digits of pi.
  EXPECT_EQ(words(philox({0, 0}, 0, 0, 0, 0)),
            (std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(words(philox({ones, ones}, ones, ones, ones, ones)),
            (std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(words(philox({0xa4093822, 0x299f31d0}, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344)),
            (std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, CountsColumnsInFoursAndRowsIn64Bits) {
  const RandomKey key{7, 9};
  EXPECT_EQ(words(random_quad(key, 5, 3)), words(philox(key, 3, 5, 0, 0)));
  const std::int64_t far_row = (std::int64_t{2} << 32) + 5;
  EXPECT_EQ(words(random_quad(key, far_row, 3)), words(philox(key, 3, 5, 2, 0)));
}

TEST(Philox, KeysDifferInEveryPartOfAUse) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> keys;
  const auto add = [&](RandomKey key) { keys.insert({key.k0, key.k1}); };
  add(random_key(1, 0, 0, Purpose::kDropout, 0));
  add(random_key(2, 0, 0, Purpose::kDropout, 0));
  add(random_key(1, 1, 0, Purpose::kDropout, 0));
  add(random_key(1, 0, 1, Purpose::kDropout, 0));
  add(random_key(1, 0, 0, Purpose::kInit, 0));
  add(random_key(1, 0, 0, Purpose::kDropout, 1));
  add(random_key(1, 0, 0, Purpose::kDropout, std::int64_t{1} << 32));
  add(random_key(std::uint64_t{1} << 63, 0, 0, Purpose::kDropout, 0));
  EXPECT_EQ(keys.size(), 8u);
}

TEST(Philox, ThresholdIsTheRatesShareOfAllWords) {
  EXPECT_EQ(drop_threshold(0.0f), 0u);
  EXPECT_EQ(drop_threshold(0.5f), 0x80000000u);
  EXPECT_EQ(drop_threshold(0x1.fffffep-1f), 0xffffff00u);
}

TEST(Philox, UniformStaysBelowOne) {
  EXPECT_EQ(uniform_float(0), 0.0f);
  EXPECT_EQ(uniform_float(0xff), 0.0f);
  EXPECT_EQ(uniform_float(0x80000000u), 0.5f);
  EXPECT_EQ(uniform_float(0xffffffffu), 0x1.fffffep-1f);
}

}  // namespace
}  // namespace weft::testing
