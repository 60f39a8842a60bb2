#pragma once
// Counter-based random numbers: a value is a function of a key and a counter, so every backend, thread count
// and node order draws the same ones, nothing is stored, and a resumed run goes on with the same bits.
// Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011
// (Philox-4x32-10).
#include "kernels/base/types.hpp"

namespace weft {

/// What a random number is for; part of the key, so that no two uses share a stream.
enum class Purpose : std::uint32_t { kDropout = 1, kInit = 2, kFeatures = 3, kSynthetic = 4 };

struct RandomKey {
  std::uint32_t k0 = 0;
  std::uint32_t k1 = 0;
};

struct RandomBlock {
  std::uint32_t v[4];
};

constexpr std::uint32_t kPhiloxM0 = 0xD2511F53u;
constexpr std::uint32_t kPhiloxM1 = 0xCD9E8D57u;
constexpr std::uint32_t kPhiloxW0 = 0x9E3779B9u;
constexpr std::uint32_t kPhiloxW1 = 0xBB67AE85u;
constexpr int kPhiloxRounds = 10;

/// SplitMix64's finaliser: a bijection that spreads every input bit over the word.
WEFT_HOST_DEVICE inline std::uint64_t mix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

/// The key of one use: seed and run of the experiment, layer and purpose inside the model, optimiser step.
WEFT_HOST_DEVICE inline RandomKey random_key(std::uint64_t seed, std::uint32_t run, std::uint32_t layer,
                                             Purpose purpose, std::int64_t step) {
  std::uint64_t h = mix64(seed);
  h = mix64(h ^ run);
  h = mix64(h ^ ((std::uint64_t{layer} << 32) | static_cast<std::uint32_t>(purpose)));
  h = mix64(h ^ static_cast<std::uint64_t>(step));
  return {static_cast<std::uint32_t>(h), static_cast<std::uint32_t>(h >> 32)};
}

/// Four 32-bit words for the counter (c0, c1, c2, c3).
WEFT_HOST_DEVICE inline RandomBlock philox(RandomKey key, std::uint32_t c0, std::uint32_t c1,
                                           std::uint32_t c2, std::uint32_t c3) {
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const std::uint64_t p0 = std::uint64_t{kPhiloxM0} * c0;
    const std::uint64_t p1 = std::uint64_t{kPhiloxM1} * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ key.k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ key.k1;
    c3 = static_cast<std::uint32_t>(p0);
    key.k0 += kPhiloxW0;
    key.k1 += kPhiloxW1;
  }
  return {{c0, c1, c2, c3}};
}

/// The four words of columns 4 * quad .. 4 * quad + 3 of a matrix row. `row` is the row's original id, so
/// that a reordered or gathered matrix draws the same bits.
WEFT_HOST_DEVICE inline RandomBlock random_quad(RandomKey key, std::int64_t row, std::uint32_t quad) {
  const auto id = static_cast<std::uint64_t>(row);
  return philox(key, quad, static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32), 0u);
}

/// An element is dropped iff its word is below this: rate in [0, 1) as a share of 2^32.
WEFT_HOST_DEVICE inline std::uint32_t drop_threshold(float rate) {
  return static_cast<std::uint32_t>(static_cast<double>(rate) * 4294967296.0);
}

/// Uniform in [0, 1) with 24 bits.
WEFT_HOST_DEVICE inline float uniform_float(std::uint32_t word) {
  return static_cast<float>(word >> 8) * 0x1.0p-24f;
}

}  // namespace weft
