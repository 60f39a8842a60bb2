// Rows moved whole: gathered, scattered, or in another type. Neighbouring threads move neighbouring columns,
// 16 bytes each where rows are aligned; reads and writes each element once: memory-bound.
#include "kernels/cuda/columns.cuh"
#include "kernels/cuda/cuda_backend.hpp"

namespace weft::WEFT_DEVICE_NS {
namespace {

constexpr int kRowsOfThread = 4;  // all rows of a thread, loaded before the first is stored

/// y[to[i], :] = x[from[i], :] for each i of the walk; without a list the row is i itself.
template <class Rows>
__global__ void __launch_bounds__(kColumnThreads)
    move_rows_kernel(ColumnWalk walk, ConstMat x, const NodeId* __restrict__ from, Mat y,
                     const NodeId* __restrict__ to) {
  const ColumnPlace place = place_in<Rows>(walk);
  const typename Rows::In in(x, 0, place.col, place.left);
  const typename Rows::Out out(y, 0, place.col, place.left);
  typename Rows::Packed loaded[kRowsOfThread];
  WEFT_UNROLL
  for (int u = 0; u < kRowsOfThread; ++u) {
    const std::int64_t row = place.row + u * walk.lanes;
    if (u * walk.lanes < place.span) loaded[u] = in.load(from == nullptr ? row : from[row]);
  }
  WEFT_UNROLL
  for (int u = 0; u < kRowsOfThread; ++u) {
    const std::int64_t row = place.row + u * walk.lanes;
    if (u * walk.lanes < place.span) out.store(to == nullptr ? row : to[row], Rows::unpack(loaded[u]));
  }
}

template <class Rows>
void move_rows(Queue queue, std::int64_t rows, const ConstMat& x, const NodeId* from, const Mat& y,
               const NodeId* to) {
  const ColumnWalk walk = independent_walk(rows, x.cols, Rows::kWidth, kRowsOfThread, kRowsOfThread);
  launch(WEFT_KERNEL(move_rows_kernel<Rows>), walk.grid(), kColumnThreads, kNoShared, queue, walk, x, from, y,
         to);
}

}  // namespace

void CudaBackend::do_run(Stream&, const Convert& op) {
  // Four columns are 16 bytes of the wider type.
  with_rows<AnyRows<4>>({op.x, op.y}, [&](auto rows) {
    move_rows<decltype(rows)>(queue_, op.x.rows, op.x, nullptr, op.y, nullptr);
  });
}

void CudaBackend::do_run(Stream&, const GatherRows& op) {
  with_float_rows<AnyRows<1>>({op.x, op.y}, [&](auto form) {
    move_rows<decltype(form)>(queue_, op.y.rows, op.x, op.rows.data, op.y, nullptr);
  });
}

void CudaBackend::do_run(Stream&, const ScatterRows& op) {
  with_float_rows<AnyRows<1>>({op.x, op.y}, [&](auto form) {
    move_rows<decltype(form)>(queue_, op.x.rows, op.x, nullptr, op.y, op.rows.data);
  });
}

}  // namespace weft::WEFT_DEVICE_NS
