#pragma once
// Random numbers of a generated graph: each is a function of the seed, its purpose and a counter, and is
// rounded to an integer immediately, so that no result depends on an order of additions.
#include <cstdint>
#include <vector>

#include "kernels/base/philox.hpp"

namespace weft::data {

__extension__ typedef unsigned __int128 Wide;

/// What is drawn; part of the key.
enum class Draw : std::uint32_t {
  kCommunitySize = 1,
  kCommunityClass,
  kDegree,
  kNodeId,
  kInsideEdge,
  kOutsideEdge,
  kDirection,
  kLabel,
  kSplit,
  kClassMean,
  kFeatureNoise,
  kWeight,
};

class Draws {
 public:
  /// `of` tells apart several streams of one purpose.
  Draws(std::uint64_t seed, Draw what, std::int64_t of = 0)
      : key_(random_key(seed, 0, static_cast<std::uint32_t>(what), Purpose::kSynthetic, of)) {}

  RandomBlock operator()(std::int64_t counter, std::uint32_t quad = 0) const {
    return random_quad(key_, counter, quad);
  }

 private:
  RandomKey key_;
};

/// Uniform in [0, bound).
inline std::uint64_t below(const RandomBlock& block, std::uint64_t bound) {
  return static_cast<std::uint64_t>((Wide{(std::uint64_t{block.v[0]} << 32) | block.v[1]} * bound) >> 64);
}
inline std::uint32_t below(std::uint32_t word, std::uint32_t bound) {
  return static_cast<std::uint32_t>((std::uint64_t{word} * bound) >> 32);
}

/// Uniform in [0, 1), 53 bits.
inline double unit_interval(const RandomBlock& block) {
  return static_cast<double>(((std::uint64_t{block.v[0]} << 32) | block.v[1]) >> 11) * 0x1.0p-53;
}

/// Close to normal with mean 0 and variance 1 (excess kurtosis -0.3, nothing beyond 3.5): the sum of four
/// uniform 16-bit numbers, which needs no libm and so is the same everywhere.
inline float nearly_normal(std::uint32_t a, std::uint32_t b) {
  constexpr std::int32_t kMean = 2 * 65535;
  constexpr float kPerDeviation = 1.0f / 37837.227f;  // 1 / sqrt(4 * (65536^2 - 1) / 12)
  const std::uint32_t sum = (a & 0xffffu) + (a >> 16) + (b & 0xffffu) + (b >> 16);
  return static_cast<float>(static_cast<std::int32_t>(sum) - kMean) * kPerDeviation;
}

/// 0 .. count - 1 in random order (Fisher and Yates).
std::vector<NodeId> shuffled(const Draws& draws, NodeId count);

}  // namespace weft::data
