#include "bench/support/own_spmm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace weft::bench {
namespace {

std::vector<SpmmEntry>& entries() {
  static std::vector<SpmmEntry> all;
  return all;
}

}  // namespace

std::vector<SpmmEntry> registered_spmm() {
  std::vector<SpmmEntry> all = entries();  // in the order in which files were linked
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

RegisterSpmm::RegisterSpmm(const std::string& name, SpmmSetup set_up) {
  entries().push_back({name, std::move(set_up)});
}

RegisterSpmm::RegisterSpmm(const std::string& name, SpmmFunction multiply)
    : RegisterSpmm(name, SpmmSetup([multiply = std::move(multiply)](auto&&...) { return multiply; })) {}

std::optional<WrongElement> first_wrong(const CsrView& a, const Mat& y, const ConstMat& wanted) {
  constexpr float kEpsilon = std::numeric_limits<float>::epsilon();
  for (std::int64_t row = 0; row < y.rows; ++row) {
    // Partial sums of d numbers of random sign stay far below d, so this forgives a sum in any order; an edge
    // too many or too few is half a unit off on average.
    const float forgiven = 4.0f * kEpsilon * static_cast<float>(a.offsets[row + 1] - a.offsets[row] + 1);
    for (std::int64_t col = 0; col < y.cols; ++col) {
      const float got = y.row(row)[col], right = wanted.row(row)[col];
      if (!(std::abs(got - right) <= forgiven)) return WrongElement{row, col, got, right};
    }
  }
  return std::nullopt;
}

}  // namespace weft::bench
