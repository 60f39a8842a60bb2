// y += A^T x where A^T's entries say which of A's values they have: new values of A need no second copy. A
// group of lanes owns a row of y, a lane its columns, and walks over the row's entries, so an element of y is
// one chain in the order of the entries and nothing is exchanged. Reads e * (16 + 4h) bytes, the values and
// the rows of x at random, which the second-level cache answers for matrices of this kind.
#include "kernels/cuda/cuda_backend.hpp"

namespace weft::WEFT_DEVICE_NS {
namespace {

constexpr int kThreads = 256;

__global__ void spmm_tn_kernel(const float* __restrict__ weights, CsrView transposed, ConstMat x, Mat y,
                               int lanes) {
  const std::int64_t row = global_thread() / lanes;
  if (row >= transposed.num_rows) return;
  const EdgeId begin = transposed.offsets[row], end = transposed.offsets[row + 1];
  if (begin == end) return;
  for (std::int64_t col = static_cast<int>(threadIdx.x) % lanes; col < x.cols; col += lanes) {
    float sum = 0.0f;
    for (EdgeId e = begin; e < end; ++e) {
      const float weight = weights == nullptr ? 1.0f : __ldg(weights + transposed.edge_ids[e]);
      sum = fmaf(weight, x.row(transposed.cols[e])[col], sum);
    }
    y.row(row)[col] += sum;
  }
}

}  // namespace

void CudaBackend::do_run(Stream&, const SpmmTn& op) {
  const int lanes = op.x.cols <= 8 ? 8 : op.x.cols <= 16 ? 16 : 32;
  const auto blocks = static_cast<unsigned>(ceil_div(std::int64_t{op.a.num_cols} * lanes, kThreads));
  launch(WEFT_KERNEL(spmm_tn_kernel), blocks, kThreads, kNoShared, queue_, op.a.weights, op.transposed, op.x,
         op.y, lanes);
}

}  // namespace weft::WEFT_DEVICE_NS
