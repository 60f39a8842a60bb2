#pragma once
// The transpose of a CSR's structure, as its contract reads.
#include <vector>

#include "kernels/base/view.hpp"

namespace weft::reference {

/// For each column of a, the rows with an edge to it, ascending, as often as they have one.
inline std::vector<std::vector<NodeId>> transpose(const CsrView& a) {
  std::vector<std::vector<NodeId>> rows_of(static_cast<std::size_t>(a.num_cols));
  for (NodeId i = 0; i < a.num_rows; ++i) {
    for (EdgeId e = a.offsets[i]; e < a.offsets[i + 1]; ++e) {
      rows_of[static_cast<std::size_t>(a.cols[e])].push_back(i);
    }
  }
  return rows_of;
}

}  // namespace weft::reference
