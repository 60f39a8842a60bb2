#include "data/synth/alias_table.hpp"

#include <numeric>

#include "data/synth/synth_random.hpp"

namespace weft::data {

AliasTable::AliasTable(Vec<const std::uint32_t> weights) : cells_(static_cast<std::size_t>(weights.size)) {
  const std::uint64_t total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  const auto count = static_cast<std::uint64_t>(weights.size);
  std::vector<std::uint64_t> left(
      cells_.size());  // of each weight, times `count`; a cell has room for `total`
  std::vector<NodeId> small, large;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    cells_[i] = {0, static_cast<NodeId>(i)};
    left[i] = total == 0 ? 0 : weights[static_cast<std::int64_t>(i)] * count;
    (left[i] < total ? small : large).push_back(static_cast<NodeId>(i));
  }
  while (!small.empty() && !large.empty()) {
    const auto less = static_cast<std::size_t>(small.back());
    const auto more = static_cast<std::size_t>(large.back());
    small.pop_back();
    cells_[less] = {static_cast<std::uint32_t>((Wide{left[less]} << 32) / total), static_cast<NodeId>(more)};
    left[more] -= total - left[less];
    if (left[more] >= total) continue;
    large.pop_back();
    small.push_back(static_cast<NodeId>(more));
  }
}

}  // namespace weft::data
