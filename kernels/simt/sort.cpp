// kernels/cuda/sort.hpp by the standard library.
#include "kernels/cuda/sort.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "kernels/simt/device_memory.hpp"

namespace weft::simt {

std::size_t sort_pairs_scratch(std::int64_t, NodeId) { return 0; }

void sort_pairs(Queue, const SortPairs& p, void*, std::size_t) {
  const HostAccess access;
  const std::size_t bytes = static_cast<std::size_t>(p.size) * sizeof(NodeId);
  host_read(p.keys, bytes);
  host_read(p.values, bytes);
  std::vector<std::int64_t> order(static_cast<std::size_t>(p.size));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t i, std::int64_t j) { return p.keys[i] < p.keys[j]; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    p.sorted_keys[i] = p.keys[order[i]];
    p.sorted_values[i] = p.values[order[i]];
  }
  host_wrote(p.sorted_keys, bytes);
  host_wrote(p.sorted_values, bytes);
}

}  // namespace weft::simt
