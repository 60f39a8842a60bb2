// Communities by merging: every node, from the lowest degree up, joins the neighbour where that gains most
// modularity, taking its edges along. The merges are trees; a tree's nodes are placed together, and so are
// those of every branch.
#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "data/graph/graph.hpp"
#include "data/graph/node_order.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

using Weight = std::uint32_t;  // a number of edges

/// Edges from a community to others, or to what has become part of them, by their ends: 4 bytes where there
/// is one edge, else 8, so that links never take more than the edges they stand for.
class Links {
 public:
  Links() = default;
  explicit Links(std::size_t words) { words_.reserve(words); }

  void add(NodeId to, Weight weight) {
    words_.push_back(weight == 1 ? to : ~to);
    if (weight != 1) words_.push_back(static_cast<NodeId>(weight));
  }

  /// fn(to, weight) for each.
  template <class Fn>
  void visit(const Fn& fn) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (words_[i] >= 0) {
        fn(words_[i], Weight{1});
      } else {
        fn(~words_[i], static_cast<Weight>(words_[i + 1]));
        ++i;
      }
    }
  }

 private:
  std::vector<NodeId> words_;  // an end; or its complement, then the weight
};

class Communities {
 public:
  explicit Communities(const CsrView& a)
      : a_(a),
        parent_(nodes(), kNone),
        first_child_(nodes(), kNone),
        sibling_(nodes(), kNone),
        strength_(nodes()),
        weight_(nodes(), 0),
        links_(nodes()) {
    constexpr EdgeId kMost = std::numeric_limits<Weight>::max();
    WEFT_CHECK(a_.num_edges / 2 <= kMost, "communities: ", a_.num_edges, " entries are too many; up to ",
               2 * kMost, " can be merged, rcm takes more");
    for (NodeId v = 0; v < a_.num_rows; ++v) {
      at(strength_, v) = static_cast<double>(a_.offsets[v + 1] - a_.offsets[v]);
      total_ += at(strength_, v);
    }
  }

  std::vector<NodeId> run(const OrderProgress& progress) {
    constexpr std::size_t kStep = 1 << 14;  // nodes
    const std::vector<NodeId> falling = degree_order(a_);
    for (std::size_t i = falling.size(); i > 0; --i) {
      if (progress && i % kStep == 0)
        progress(1.0 - static_cast<double>(i) / static_cast<double>(falling.size()));
      merge(falling[i - 1]);
    }
    std::vector<NodeId> order;
    order.reserve(nodes());
    for (const NodeId root : roots_in_order()) place(root, order);
    return order;
  }

 private:
  static constexpr NodeId kNone = -1;

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

  void gather(NodeId v, NodeId to, Weight weight) {
    const NodeId root = root_of(to);
    if (root == v) return;
    if (at(weight_, root) == 0) touched_.push_back(root);
    at(weight_, root) += weight;
  }

  /// v's own edges and those of all that joined it, by the communities that they lead to: touched_, weight_.
  void gather_links(NodeId v) {
    touched_.clear();
    for (EdgeId e = a_.offsets[v]; e < a_.offsets[v + 1]; ++e) gather(v, a_.cols[e], 1);
    for (NodeId child = at(first_child_, v); child != kNone; child = at(sibling_, child)) {
      std::exchange(at(links_, child), {}).visit([&](NodeId to, Weight weight) { gather(v, to, weight); });
    }
  }

  /// What was gathered, as a list. Clears the weights.
  Links take_links() {
    std::size_t words = 0;
    for (const NodeId to : touched_) words += at(weight_, to) == 1 ? 1 : 2;
    Links links(words);
    for (const NodeId to : touched_) links.add(to, std::exchange(at(weight_, to), 0));
    return links;
  }

  void merge(NodeId v) {
    gather_links(v);
    NodeId best = kNone;
    double most = 0.0;
    for (const NodeId to : touched_) {
      // Half of what modularity gains, times the weight of all edges.
      const double gain =
          static_cast<double>(at(weight_, to)) - at(strength_, v) * at(strength_, to) / total_;
      if (gain > most || (gain == most && best != kNone && to < best)) {
        most = gain;
        best = to;
      }
    }
    at(links_, v) = take_links();
    if (best == kNone) return;
    at(parent_, v) = best;
    at(strength_, best) += at(strength_, v);
    at(sibling_, v) = std::exchange(at(first_child_, best), v);
  }

  /// Roots so that communities with edges between them are near each other.
  std::vector<NodeId> roots_in_order() {
    std::vector<NodeId> roots, number(nodes(), kNone);
    for (NodeId v = 0; v < a_.num_rows; ++v) {
      if (at(parent_, v) != kNone) continue;
      at(number, v) = static_cast<NodeId>(roots.size());
      roots.push_back(v);
    }
    std::vector<NodeId> source, target;
    for (NodeId v = 0; v < a_.num_rows; ++v) {
      const NodeId from = at(number, root_of(v));
      std::exchange(at(links_, v), {}).visit([&](NodeId end, Weight) {
        const NodeId to = at(number, root_of(end));
        if (from == to) return;
        source.push_back(from);
        target.push_back(to);
      });
    }
    const auto count = static_cast<std::int64_t>(source.size());
    const auto n = static_cast<NodeId>(roots.size());
    const HostCsr between = symmetric_from_edges({source.data(), count}, {target.data(), count}, n, 1);
    std::vector<NodeId> order = rcm_order(between.view());
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
  std::vector<Weight> weight_;                 // [n] zero between uses
  std::vector<NodeId> touched_;
  std::vector<Links> links_;  // [n] of communities that are done
};

}  // namespace

std::vector<NodeId> community_order(const CsrView& a, const OrderProgress& progress) {
  std::vector<NodeId> order = Communities(a).run(progress);
#ifdef __GLIBC__
  malloc_trim(0);  // links leave small holes all over the heap, which would stay resident
#endif
  return order;
}

}  // namespace weft::data
