// A^T of a CSR matrix: the edges, which come by rows, are sorted by column, and a stable sort keeps the rows
// ascending within each. The offsets are read off the sorted columns by binary search, one for each row of
// A^T, so nothing is counted with atomics. Done once for a graph: some 60 bytes moved for each edge, most of
// them by the sort, and a search through the offsets for each edge, which the caches answer.
#include "kernels/cuda/csr_search.cuh"
#include "kernels/cuda/cuda_backend.hpp"
#include "kernels/cuda/sort.hpp"

namespace weft::WEFT_DEVICE_NS {
namespace {

constexpr int kThreads = 256;
constexpr std::size_t kAlignment = 256;

/// A search for each edge, however the edges lie in rows: a hub costs no more than others.
__global__ void rows_of_edges_kernel(CsrView a, NodeId* rows) {
  const EdgeId e = global_thread();
  if (e < a.num_edges) rows[e] = static_cast<NodeId>(row_of_edge(a.offsets, a.num_rows, e));
}

__global__ void offsets_kernel(Vec<const NodeId> sorted_cols, Vec<EdgeId> offsets) {
  const std::int64_t col = global_thread();
  if (col < offsets.size) offsets[col] = count_below(sorted_cols.data, sorted_cols.size, col);
}

unsigned blocks_for(std::int64_t threads) { return static_cast<unsigned>(ceil_div(threads, kThreads)); }

/// Of an array of one index per edge.
std::size_t indices_bytes(EdgeId edges) {
  const std::size_t bytes = static_cast<std::size_t>(edges) * sizeof(NodeId);
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

void CudaBackend::do_run(Stream& stream, const Transpose& op) {
  char* const scratch = static_cast<char*>(stream.scratch);
  const std::size_t array = indices_bytes(op.a.num_edges);
  auto* const rows = reinterpret_cast<NodeId*>(scratch);
  auto* const sorted_cols = reinterpret_cast<NodeId*>(scratch + array);
  if (op.a.num_edges > 0) {
    launch(WEFT_KERNEL(rows_of_edges_kernel), blocks_for(op.a.num_edges), kThreads, kNoShared, queue_, op.a,
           rows);
    const SortPairs pairs{op.a.cols, rows, sorted_cols, op.cols.data, op.a.num_edges, op.a.num_cols};
    sort_pairs(queue_, pairs, scratch + 2 * array, sort_pairs_scratch(op.a.num_edges, op.a.num_cols));
  }
  const Vec<const NodeId> sorted{sorted_cols, op.a.num_edges};
  launch(WEFT_KERNEL(offsets_kernel), blocks_for(op.offsets.size), kThreads, kNoShared, queue_, sorted,
         op.offsets);
}

std::size_t CudaBackend::do_scratch(const Transpose& op) const {
  if (op.a.num_edges == 0) return 0;
  return 2 * indices_bytes(op.a.num_edges) + sort_pairs_scratch(op.a.num_edges, op.a.num_cols);
}

}  // namespace weft::WEFT_DEVICE_NS
