#include "data/graph/node_order.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

std::vector<NodeId> as_they_are(const CsrView& a) {
  std::vector<NodeId> order(static_cast<std::size_t>(a.num_rows));
  std::iota(order.begin(), order.end(), NodeId{0});
  return order;
}

}  // namespace

const char* node_order_name(NodeOrder order) {
  switch (order) {
    case NodeOrder::kDegree:
      return "degree";
    case NodeOrder::kRcm:
      return "rcm";
    case NodeOrder::kCommunity:
      return "community";
    case NodeOrder::kNone:
      break;
  }
  return "none";
}

NodeOrder node_order_of(const std::string& name) {
  std::string known;
  for (const NodeOrder order : kNodeOrders) {
    if (name == node_order_name(order)) return order;
    known += (known.empty() ? "" : ", ") + std::string(node_order_name(order));
  }
  fail(ErrorCode::kInvalidArgument, "no order of nodes is called '", name, "'; choose one of: ", known);
}

std::vector<NodeId> order_nodes(const CsrView& a, NodeOrder order, const OrderProgress& progress) {
  switch (order) {
    case NodeOrder::kDegree:
      return degree_order(a);
    case NodeOrder::kRcm:
      return rcm_order(a);
    case NodeOrder::kCommunity:
      return community_order(a, progress);
    case NodeOrder::kNone:
      break;
  }
  return as_they_are(a);
}

std::vector<NodeId> degree_order(const CsrView& a) {
  std::vector<NodeId> order = as_they_are(a);
  const auto degree = [&](NodeId v) { return a.offsets[v + 1] - a.offsets[v]; };
  std::stable_sort(order.begin(), order.end(), [&](NodeId v, NodeId u) { return degree(v) > degree(u); });
  return order;
}

std::vector<NodeId> inverse_order(const std::vector<NodeId>& order) {
  std::vector<NodeId> inverse(order.size());
  for (std::size_t row = 0; row < order.size(); ++row)
    inverse[static_cast<std::size_t>(order[row])] = static_cast<NodeId>(row);
  return inverse;
}

}  // namespace weft::data
