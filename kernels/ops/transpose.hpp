#pragma once
#include "kernels/ops/checks.hpp"

namespace weft {

/// The structure of A^T, over which backward passes gather.
/// a [n, m], weights ignored;  offsets [m + 1], cols [e] (rows of a, ascending within each row of A^T), both
/// overwritten.
struct Transpose {
  CsrView a;
  Vec<EdgeId> offsets;
  Vec<NodeId> cols;

  static constexpr const char* kName = "transpose";
  template <class, class At>
  Transpose as(At&& at) const {
    return {at.in(a), at.out(offsets), at.out(cols)};
  }
  bool empty() const { return false; }
  void check(const Backend&) const {
    check_csr(kName, a);
    check_size(kName, "offsets", offsets, std::int64_t{a.num_cols} + 1, "one more than the columns of A");
    check_size(kName, "cols", cols, a.num_edges, "the number of edges");
  }
};

}  // namespace weft
