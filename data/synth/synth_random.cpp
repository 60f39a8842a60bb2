#include "data/synth/synth_random.hpp"

#include <numeric>
#include <utility>

namespace weft::data {

std::vector<NodeId> shuffled(const Draws& draws, NodeId count) {
  std::vector<NodeId> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), NodeId{0});
  for (std::size_t i = order.size(); i > 1; --i) {
    const std::uint64_t other = below(draws(static_cast<std::int64_t>(i)), i);
    std::swap(order[i - 1], order[static_cast<std::size_t>(other)]);
  }
  return order;
}

}  // namespace weft::data
