#pragma once
// Orders of a graph's nodes that put neighbours' rows near each other in memory. An order is a permutation
// [n]: the original id of each new row. All are the same at any thread count, and undone wherever ids leave
// the program.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/base/view.hpp"

namespace weft::data {

enum class NodeOrder : std::uint8_t {
  kNone,       // as the raw files have them
  kDegree,     // by falling degree
  kRcm,        // reverse Cuthill-McKee
  kCommunity,  // communities one behind the other
};

inline constexpr NodeOrder kNodeOrders[] = {NodeOrder::kNone, NodeOrder::kDegree, NodeOrder::kRcm,
                                            NodeOrder::kCommunity};

/// "none", "degree", "rcm", "community".
const char* node_order_name(NodeOrder order);
/// Errors: kInvalidArgument naming the known ones.
NodeOrder node_order_of(const std::string& name);

/// The permutation for `a` [n, n], which equals its transpose and holds no pair twice, as symmetrize() makes
/// it. Self-loops count as edges and change nothing else. kNone gives 0 .. n-1. `progress` may throw to stop.
using OrderProgress = std::function<void(double fraction)>;
std::vector<NodeId> order_nodes(const CsrView& a, NodeOrder order, const OrderProgress& progress = {});

/// Degrees fall; equal ones keep their order.
std::vector<NodeId> degree_order(const CsrView& a);

/// Component by component, in the order of their lowest ids. O(e log d) for degrees of d.
/// Source: Cuthill, McKee, "Reducing the bandwidth of sparse symmetric matrices", 1969, reversed as in
/// George, Liu, "Computer Solution of Large Sparse Positive Definite Systems", 1981; its start by George,
/// Liu, "An implementation of a pseudoperipheral node finder", 1979.
std::vector<NodeId> rcm_order(const CsrView& a);

/// Communities are contiguous, and so are the smaller ones that they were merged from; those with edges
/// between them are near each other.
/// Source: Arai et al., "Rabbit Order: Just-in-time Parallel Reordering for Fast Graph Analysis", 2016
/// (merging by gain of modularity, from the lowest degree up), by one thread.
std::vector<NodeId> community_order(const CsrView& a, const OrderProgress& progress = {});

/// Where each original id went: inverse[order[row]] = row.
std::vector<NodeId> inverse_order(const std::vector<NodeId>& order);

}  // namespace weft::data
