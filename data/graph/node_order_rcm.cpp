// Reverse Cuthill-McKee: a breadth-first walk that takes neighbours by rising degree, from a node at the rim
// of its component, read backwards.
#include <algorithm>

#include "data/graph/node_order.hpp"

namespace weft::data {
namespace {

/// More walks over a component to find its rim would bring levels, not locality.
constexpr std::int8_t kMaxWalks = 8;

class CuthillMcKee {
 public:
  explicit CuthillMcKee(const CsrView& a)
      : a_(a), lower_{a.offsets}, mark_(static_cast<std::size_t>(a.num_rows), 0) {
    order_.reserve(mark_.size());
  }

  std::vector<NodeId> run() {
    for (NodeId v = 0; v < a_.num_rows; ++v) {
      if (mark_[static_cast<std::size_t>(v)] == kPlaced) continue;
      place_component(rim_of_component(v));
    }
    std::reverse(order_.begin(), order_.end());
    return std::move(order_);
  }

 private:
  static constexpr std::int8_t kPlaced = -1;

  /// By degree, then by id.
  struct Lower {
    const EdgeId* offsets;
    EdgeId degree(NodeId v) const { return offsets[v + 1] - offsets[v]; }
    bool operator()(NodeId v, NodeId u) const {
      return degree(v) != degree(u) ? degree(v) < degree(u) : v < u;
    }
  };

  /// What a walk from `start` reaches last, and how far away that is.
  struct Walk {
    NodeId last = 0;  // of the lowest degree in the last level, then the lowest id
    std::int64_t levels = 0;
  };

  /// The component's `number`-th walk, from 1: every node's mark is below that yet.
  Walk walk(NodeId start, std::int8_t number) {
    level_.assign(1, start);
    mark_[static_cast<std::size_t>(start)] = number;
    Walk walk{start, 0};
    while (true) {
      next_.clear();
      for (const NodeId v : level_) {
        for (EdgeId e = a_.offsets[v]; e < a_.offsets[v + 1]; ++e) {
          std::int8_t& mark = mark_[static_cast<std::size_t>(a_.cols[e])];
          if (mark == number) continue;
          mark = number;
          next_.push_back(a_.cols[e]);
        }
      }
      if (next_.empty()) break;
      ++walk.levels;
      level_.swap(next_);
    }
    walk.last = *std::min_element(level_.begin(), level_.end(), lower_);
    return walk;
  }

  NodeId rim_of_component(NodeId start) {
    Walk widest = walk(start, 1);
    for (std::int8_t number = 2; number <= kMaxWalks && widest.levels > 0; ++number) {
      const Walk onward = walk(widest.last, number);
      if (onward.levels <= widest.levels) break;
      widest = onward;
    }
    return widest.last;
  }

  void place_component(NodeId start) {
    std::size_t done = order_.size();
    place(start);
    for (; done < order_.size(); ++done) {
      const NodeId v = order_[done];
      const std::size_t first = order_.size();
      for (EdgeId e = a_.offsets[v]; e < a_.offsets[v + 1]; ++e) {
        if (mark_[static_cast<std::size_t>(a_.cols[e])] != kPlaced) place(a_.cols[e]);
      }
      std::sort(order_.begin() + static_cast<std::ptrdiff_t>(first), order_.end(), lower_);
    }
  }

  void place(NodeId v) {
    mark_[static_cast<std::size_t>(v)] = kPlaced;
    order_.push_back(v);
  }

  const CsrView a_;
  const Lower lower_;
  std::vector<std::int8_t> mark_;  // [n] kPlaced, or the number of the last walk that was there
  std::vector<NodeId> level_, next_;
  std::vector<NodeId> order_;
};

}  // namespace

std::vector<NodeId> rcm_order(const CsrView& a) { return CuthillMcKee(a).run(); }

}  // namespace weft::data
