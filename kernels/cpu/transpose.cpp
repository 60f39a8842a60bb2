// A^T as a counting sort of the edges by column. Every thread owns a range of columns and walks all edges in
// order, so that the rows of each column come out ascending without scratch, whatever the number of threads:
// reading the columns in sequence costs little beside writing them at random.
#include <algorithm>

#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {
namespace {

/// Calls body(row, column) for every edge whose column lies in [begin, end), in the order of the edges.
template <class Body>
void for_each_edge(const CsrView& a, std::int64_t begin, std::int64_t end, const Body& body) {
  for (NodeId i = 0; i < a.num_rows; ++i) {
    for (EdgeId e = a.offsets[i]; e < a.offsets[i + 1]; ++e) {
      const NodeId j = a.cols[e];
      if (j >= begin && j < end) body(i, j);
    }
  }
}

}  // namespace

void CpuBackend::do_run(Stream&, const Transpose& op) {
  // While edges are counted and placed, column j's number lies one further, at next[j]: counts become the
  // places of the first edges, and those, once every edge has moved its column's place on, the offsets.
  EdgeId* const next = op.offsets.data + 1;
  op.offsets[0] = 0;
  parallel_ranges(threads_, op.a.num_cols, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    std::fill(next + begin, next + end, 0);
    for_each_edge(op.a, begin, end, [&](NodeId, NodeId j) { ++next[j]; });
  });
  EdgeId before = 0;
  for (std::int64_t j = 0; j < op.a.num_cols; ++j) {
    const EdgeId count = next[j];
    next[j] = before;
    before += count;
  }
  parallel_ranges(threads_, op.a.num_cols, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    for_each_edge(op.a, begin, end, [&](NodeId i, NodeId j) { op.cols[next[j]++] = i; });
  });
}

}  // namespace weft::cpu
