#pragma once
// Random matrices and graphs. The seed is 1 or WEFT_TEST_SEED; every test that draws says it when it fails.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "kernels/base/view.hpp"

/// Put first in a test: a generator, and a trace that names its seed.
#define WEFT_TEST_RANDOM(name)                           \
  ::weft::testing::Random name{::weft::testing::seed()}; \
  SCOPED_TRACE("WEFT_TEST_SEED=" + std::to_string(::weft::testing::seed()))

namespace weft::testing {

inline std::uint64_t seed() {
  const char* text = std::getenv("WEFT_TEST_SEED");
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : words_(seed) {}

  /// Uniform in [0, count).
  std::int64_t below(std::int64_t count) {
    return static_cast<std::int64_t>(words_() % static_cast<std::uint64_t>(count));
  }
  /// Uniform in [-1, 1), 24 bits.
  float value() { return static_cast<float>(words_() >> 40) * 0x1.0p-23f - 1.0f; }
  std::vector<float> values(std::int64_t size) {
    std::vector<float> out(static_cast<std::size_t>(size));
    for (float& v : out) v = value();
    return out;
  }

 private:
  std::mt19937_64 words_;
};

/// A CSR on the host.
struct HostCsr {
  NodeId num_rows = 0;
  NodeId num_cols = 0;
  std::vector<EdgeId> offsets;
  std::vector<NodeId> cols;
  std::vector<float> weights;  // or empty

  EdgeId num_edges() const { return static_cast<EdgeId>(cols.size()); }
  CsrView view() const {
    return {num_rows,       num_cols,    num_edges(),
            offsets.data(), cols.data(), weights.empty() ? nullptr : weights.data(),
            nullptr};
  }
};

inline HostCsr csr_from_rows(const std::vector<std::vector<NodeId>>& rows, NodeId num_cols) {
  HostCsr a;
  a.num_rows = static_cast<NodeId>(rows.size());
  a.num_cols = num_cols;
  a.offsets.push_back(0);
  for (const auto& row : rows) {
    a.cols.insert(a.cols.end(), row.begin(), row.end());
    a.offsets.push_back(a.num_edges());
  }
  return a;
}

/// About `degree` edges a row on average, drawn so that a third of the rows is isolated and degrees vary.
inline HostCsr random_csr(Random& random, NodeId num_rows, NodeId num_cols, int degree, bool weighted) {
  std::vector<std::vector<NodeId>> rows(static_cast<std::size_t>(num_rows));
  for (auto& row : rows) {
    if (num_cols == 0 || random.below(3) == 0) continue;
    const std::int64_t edges = random.below(3 * degree);
    for (std::int64_t e = 0; e < edges; ++e) row.push_back(static_cast<NodeId>(random.below(num_cols)));
    std::sort(row.begin(), row.end());
  }
  HostCsr a = csr_from_rows(rows, num_cols);
  if (weighted) a.weights = random.values(a.num_edges());
  return a;
}

/// Row i has degrees[i] edges, to columns drawn at random.
inline HostCsr csr_of_degrees(Random& random, const std::vector<std::int64_t>& degrees, NodeId num_cols) {
  std::vector<std::vector<NodeId>> rows(degrees.size());
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    for (std::int64_t e = 0; e < degrees[i]; ++e)
      rows[i].push_back(static_cast<NodeId>(random.below(num_cols)));
    std::sort(rows[i].begin(), rows[i].end());
  }
  return csr_from_rows(rows, num_cols);
}

/// One row with an edge to every column, all others isolated.
inline HostCsr hub_csr(NodeId num_rows, NodeId num_cols, NodeId hub) {
  std::vector<std::vector<NodeId>> rows(static_cast<std::size_t>(num_rows));
  for (NodeId j = 0; j < num_cols; ++j) rows[static_cast<std::size_t>(hub)].push_back(j);
  return csr_from_rows(rows, num_cols);
}

}  // namespace weft::testing
