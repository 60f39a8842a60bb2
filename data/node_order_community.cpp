// Communities by merging: every node, from the lowest degree up, joins the neighbour where that gains most
// modularity, taking its edges along. The merges are trees; a tree's nodes are placed together, and so are
// those of every
// branch.
#include <algorithm>
#include <utility>

#include "data/graph.hpp"
#include "data/node_order.hpp"

namespace weft::data {
namespace {

class Communities {
 public:
  explicit Communities(const CsrView& a)
      : a_(a),
        parent_(nodes(), kNone),
        first_child_(nodes(), kNone),
        sibling_(nodes(), kNone),
        strength_(nodes()),
        weight_(nodes(), 0.0),
        links_(nodes()) {
    for (NodeId v = 0; v < a_.num_rows; ++v) {
      at(strength_, v) = static_cast<double>(a_.offsets[v + 1] - a_.offsets[v]);
      total_ += at(strength_, v);
    }
  }

  std::vector<NodeId> run() {
    const std::vector<NodeId> falling = degree_order(a_);
    std::for_each(falling.rbegin(), falling.rend(), [&](NodeId v) { merge(v); });
    std::vector<NodeId> order;
    order.reserve(nodes());
    for (const NodeId root : roots_in_order()) place(root, order);
    return order;
  }

 private:
  static constexpr NodeId kNone = -1;

  /// Edges from a community to another, or to what has become part of it.
  struct Link {
    NodeId to;
    double weight;
  };

  std::size_t nodes() const { return static_cast<std::size_t>(a_.num_rows); }
  template <class T>
  static T& at(std::vector<T>& values, NodeId v) {
    return values[static_cast<std::size_t>(v)];
  }

  /// The community that v is part of now. Halves the way for the next who asks.
  NodeId root_of(NodeId v) {
    while (at(parent_, v) != kNone) {
      const NodeId up = at(parent_, v);
      if (at(parent_, up) == kNone) return up;
      v = at(parent_, v) = at(parent_, up);
    }
    return v;
  }

  void gather(NodeId v, NodeId to, double weight) {
    const NodeId root = root_of(to);
    if (root == v) return;
    if (at(weight_, root) == 0.0) touched_.push_back(root);
    at(weight_, root) += weight;
  }

  /// v's own edges and those of all that joined it, by the communities that they lead to.
  std::vector<Link> take_links(NodeId v) {
    touched_.clear();
    for (EdgeId e = a_.offsets[v]; e < a_.offsets[v + 1]; ++e) gather(v, a_.cols[e], 1.0);
    for (NodeId child = at(first_child_, v); child != kNone; child = at(sibling_, child)) {
      for (const Link& link : at(links_, child)) gather(v, link.to, link.weight);
      at(links_, child) = {};
    }
    std::vector<Link> links;
    links.reserve(touched_.size());
    for (const NodeId to : touched_) links.push_back({to, std::exchange(at(weight_, to), 0.0)});
    return links;
  }

  void merge(NodeId v) {
    std::vector<Link> links = take_links(v);
    NodeId best = kNone;
    double most = 0.0;
    for (const Link& link : links) {
      // Half of what modularity gains, times the weight of all edges.
      const double gain = link.weight - at(strength_, v) * at(strength_, link.to) / total_;
      if (gain > most || (gain == most && best != kNone && link.to < best)) {
        most = gain;
        best = link.to;
      }
    }
    at(links_, v) = std::move(links);
    if (best == kNone) return;
    at(parent_, v) = best;
    at(strength_, best) += at(strength_, v);
    at(sibling_, v) = std::exchange(at(first_child_, best), v);
  }

  /// Roots so that communities with edges between them are near each other.
  std::vector<NodeId> roots_in_order() {
    std::vector<NodeId> roots, number(nodes(), kNone), source, target;
    for (NodeId v = 0; v < a_.num_rows; ++v) {
      if (at(parent_, v) != kNone) continue;
      at(number, v) = static_cast<NodeId>(roots.size());
      roots.push_back(v);
    }
    for (NodeId v = 0; v < a_.num_rows; ++v) {
      for (const Link& link : at(links_, v)) {
        const NodeId from = at(number, root_of(v)), to = at(number, root_of(link.to));
        if (from == to) continue;
        source.push_back(from);
        target.push_back(to);
      }
    }
    const auto count = static_cast<std::int64_t>(source.size());
    const auto n = static_cast<NodeId>(roots.size());
    const HostCsr between = csr_from_edges({source.data(), count}, {target.data(), count}, n, n, false, 1);
    const HostCsr both_ways = symmetrize(between.view(), 1);
    std::vector<NodeId> order = rcm_order(both_ways.view());
    for (NodeId& root : order) root = at(roots, root);
    return order;
  }

  /// A node, then what joined it, each with what had joined that, the earliest first: what was a community at
  /// any time is contiguous.
  void place(NodeId root, std::vector<NodeId>& order) {
    std::vector<NodeId> waiting{root};
    while (!waiting.empty()) {
      const NodeId v = waiting.back();
      waiting.pop_back();
      order.push_back(v);
      for (NodeId child = at(first_child_, v); child != kNone; child = at(sibling_, child))
        waiting.push_back(child);
    }
  }

  const CsrView a_;
  std::vector<NodeId> parent_;                 // [n] what it joined, or nearer to the root; kNone: a root
  std::vector<NodeId> first_child_, sibling_;  // [n] what joined it
  std::vector<double> strength_;               // [n] ends of edges in the community
  double total_ = 0.0;                         // of all nodes
  std::vector<double> weight_;                 // [n] zero between uses
  std::vector<NodeId> touched_;
  std::vector<std::vector<Link>> links_;  // [n] of communities that are done
};

}  // namespace

std::vector<NodeId> community_order(const CsrView& a) { return Communities(a).run(); }

}  // namespace weft::data
