// Batch-norm statistics and what training and inference make of them. Statistics are one pass over x: every
// block sums deviations over its part of the rows, a second kernel joins the parts in double.
// Reads 4nc bytes (2nc of bf16) and writes and reads 16 bytes per part and column, at most 1024 parts:
// memory-bound.
#include "kernels/cuda/columns.cuh"
#include "kernels/cuda/cuda_backend.hpp"
#include "kernels/cuda/moments.cuh"

namespace weft::WEFT_DEVICE_NS {
namespace {

template <class Rows>
__global__ void __launch_bounds__(kColumnThreads, kBlocksAtOnce<Rows>)
    moment_parts_kernel(ColumnWalk walk, ConstMat x, MomentParts parts) {
  constexpr int W = Rows::kWidth, kAtOnce = kRowsAtOnce<Rows>;
  const ColumnPlace place = place_in<Rows>(walk);
  const typename Rows::In in(x, place.row, place.col, place.left);
  Deviations<float> columns[W];
  for (int below = 0; below < place.span; below += kAtOnce * walk.lanes) {
    typename Rows::Packed loaded[kAtOnce];
    WEFT_UNROLL
    for (int u = 0; u < kAtOnce; ++u) {
      if (below + u * walk.lanes < place.span) loaded[u] = in.load(below + u * walk.lanes);
    }
    WEFT_UNROLL
    for (int u = 0; u < kAtOnce; ++u) {
      if (below + u * walk.lanes >= place.span) continue;
      const Values<W> values = Rows::unpack(loaded[u]);
      for (int i = 0; i < W; ++i) columns[i].add(values[i]);
    }
  }

  using Stage = Staging<W>;
  WEFT_SHARED(float, staged, [4][Stage::kFloats]);  // count, center, sum, square
  Values<W> count, center, sum, square;
  for (int i = 0; i < W; ++i) {
    count[i] = columns[i].count;
    center[i] = columns[i].center;
    sum[i] = columns[i].sum;
    square[i] = columns[i].square;
  }
  Stage::put(staged[0], count);
  Stage::put(staged[1], center);
  Stage::put(staged[2], sum);
  Stage::put(staged[3], square);
  __syncthreads();

  const std::int64_t column = joined_column(walk);
  if (column < 0) return;  // no barrier below
  Deviations<float> joined;
  for (int k = 0; k < walk.lanes; ++k) {
    const int j = static_cast<int>(threadIdx.x);
    joined.join({Stage::get(staged[0], walk, j, k), Stage::get(staged[1], walk, j, k),
                 Stage::get(staged[2], walk, j, k), Stage::get(staged[3], walk, j, k)});
  }
  parts.store(blockIdx.x, column, joined);
}

// ---- the parts' join

/// What the warp's lanes of one column have, for the first of them.
WEFT_DEVICE Deviations<double> join_lanes(Deviations<double> mine) {
  for (int offset = kWarp / 2; offset >= kJoinColumns; offset /= 2) {
    Deviations<double> other;
    other.count = __shfl_down_sync(kFullMask, mine.count, offset);
    other.center = __shfl_down_sync(kFullMask, mine.center, offset);
    other.sum = __shfl_down_sync(kFullMask, mine.sum, offset);
    other.square = __shfl_down_sync(kFullMask, mine.square, offset);
    mine.join(other);
  }
  return mine;
}

__global__ void __launch_bounds__(kJoinThreads)
    join_moments_kernel(MomentParts parts, double rows, double* count, double* sum, double* m2) {
  const JoinPlace place = join_place();
  Deviations<double> mine;
  if (place.column < parts.c) {
    for (std::int64_t part = place.part; part < parts.parts; part += kJoinLanes) {
      mine.join(parts.load(part, place.column));
    }
  }
  mine = join_lanes(mine);

  WEFT_SHARED(double, staged, [4][kJoinWarps][kJoinColumns]);
  const int warp = warp_in_block(), beside = place.beside;
  if (lane() < kJoinColumns) {
    staged[0][warp][beside] = mine.count;
    staged[1][warp][beside] = mine.center;
    staged[2][warp][beside] = mine.sum;
    staged[3][warp][beside] = mine.square;
  }
  __syncthreads();
  if (global_thread() == 0) *count = rows;
  if (threadIdx.x >= kJoinColumns || place.column >= parts.c) return;  // no barrier below
  for (int w = 1; w < kJoinWarps; ++w) {
    mine.join({staged[0][w][beside], staged[1][w][beside], staged[2][w][beside], staged[3][w][beside]});
  }
  sum[place.column] = fma(mine.count, mine.center, mine.sum);
  const double deviation = fma(-mine.sum, mine.sum / mine.count, mine.square);
  m2[place.column] = deviation < 0.0 ? 0.0 : deviation;  // a constant column's rounding; NaN passes
}

WEFT_DEVICE float reciprocal_root(double variance, float epsilon) {
  return static_cast<float>(1.0 / sqrt(variance + static_cast<double>(epsilon)));
}

WEFT_DEVICE float moved_towards(float running, double batch, float momentum) {
  const double old = static_cast<double>(running);
  return static_cast<float>(fma(static_cast<double>(momentum), batch - old, old));
}

constexpr int kColumnBlock = 128;  // threads of a kernel that has one column per thread

__global__ void __launch_bounds__(kColumnBlock)
    training_kernel(Moments moments, BatchNormState state, float* __restrict__ mean,
                    float* __restrict__ rstd) {
  const std::int64_t j = global_thread();
  if (j >= state.running_mean.size) return;
  const double count = *moments.count, sum = moments.sum[j], m2 = moments.m2[j];
  mean[j] = static_cast<float>(sum / count);
  rstd[j] = reciprocal_root(m2 / count, state.epsilon);
  state.running_mean[j] = moved_towards(state.running_mean[j], sum / count, state.momentum);
  state.running_var[j] = moved_towards(state.running_var[j], m2 / (count - 1.0), state.momentum);
}

__global__ void __launch_bounds__(kColumnBlock)
    inference_kernel(BatchNormState state, float* __restrict__ mean, float* __restrict__ rstd) {
  const std::int64_t j = global_thread();
  if (j >= state.running_mean.size) return;
  mean[j] = state.running_mean[j];
  rstd[j] = reciprocal_root(static_cast<double>(state.running_var[j]), state.epsilon);
}

dim3 blocks_of_columns(std::int64_t c) { return dim3(static_cast<unsigned>(ceil_div(c, kColumnBlock))); }

}  // namespace

void join_moments(Queue queue, const MomentParts& parts, std::int64_t rows, const Moments& moments) {
  const dim3 grid = join_grid(std::max<std::int64_t>(parts.c, 1));  // without columns there is the count
  launch(WEFT_KERNEL(join_moments_kernel), grid, kJoinThreads, kNoShared, queue, parts,
         static_cast<double>(rows), moments.count, moments.sum.data, moments.m2.data);
}

std::size_t CudaBackend::do_scratch(const BatchNormStatistics& op) const {
  return moment_parts_bytes(reduction_parts(op.x.rows, op.x.cols), op.x.cols);
}

void CudaBackend::do_run(Stream& stream, const BatchNormStatistics& op) {
  const MomentParts parts{static_cast<float*>(stream.scratch), reduction_parts(op.x.rows, op.x.cols),
                          op.x.cols};
  if (op.x.cols > 0) {
    with_rows<AnyRows<1>>({op.x}, [&](auto rows) {
      using Rows = decltype(rows);
      const ColumnWalk walk = reduction_walk(op.x.rows, op.x.cols, Rows::kWidth);
      launch(WEFT_KERNEL(moment_parts_kernel<Rows>), walk.grid(), kColumnThreads, kNoShared, queue_, walk,
             op.x, parts);
    });
  }
  join_moments(queue_, parts, op.x.rows, op.moments);
}

void CudaBackend::do_run(Stream&, const BatchNormTraining& op) {
  launch(WEFT_KERNEL(training_kernel), blocks_of_columns(op.mean.size), kColumnBlock, kNoShared, queue_,
         op.moments, op.state, op.mean.data, op.rstd.data);
}

void CudaBackend::do_run(Stream&, const BatchNormInference& op) {
  launch(WEFT_KERNEL(inference_kernel), blocks_of_columns(op.mean.size), kColumnBlock, kNoShared, queue_,
         op.state, op.mean.data, op.rstd.data);
}

}  // namespace weft::WEFT_DEVICE_NS
