// Column sums, argmax of rows, and correct predictions per split part. All read their matrix once and are
// memory-bound.
#include "kernels/cuda/block_sum.cuh"
#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/cuda_backend.hpp"
#include "kernels/cuda/groups.cuh"

namespace weft::WEFT_DEVICE_NS {
namespace {

// ---- column sums

template <class Rows>
__global__ void __launch_bounds__(kColumnThreads, kBlocksAtOnce<Rows>)
    column_sums_kernel(ColumnWalk walk, ConstMat x, SumParts parts) {
  constexpr int W = Rows::kWidth, kAtOnce = kRowsAtOnce<Rows>;
  const ColumnPlace place = place_in<Rows>(walk);
  const typename Rows::In in(x, place.row, place.col, place.left);
  Values<W> sums{};
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
      for (int i = 0; i < W; ++i) sums[i] += values[i];
    }
  }

  WEFT_SHARED(float, staged, [Staging<W>::kFloats]);
  Staging<W>::put(staged, sums);
  __syncthreads();
  const std::int64_t column = joined_column(walk);
  if (column >= 0) parts.store(blockIdx.x, column, sum_of_lanes<W>(staged, walk));
}

// ---- the parts' join

__global__ void __launch_bounds__(kJoinThreads) join_sums_kernel(SumParts parts, SumTargets targets) {
  const JoinPlace place = join_place();
  double sum = 0.0;
  if (place.column < parts.width) {
    for (std::int64_t part = place.part; part < parts.parts; part += kJoinLanes) {
      sum += parts.load(part, place.column);
    }
  }
  for (int offset = kWarp / 2; offset >= kJoinColumns; offset /= 2) {
    sum += __shfl_xor_sync(kFullMask, sum, offset);
  }
  WEFT_SHARED(double, of_warps, [kJoinWarps][kJoinColumns]);
  if (lane() < kJoinColumns) of_warps[warp_in_block()][place.beside] = sum;
  __syncthreads();
  if (threadIdx.x >= kJoinColumns || place.column >= parts.width) return;  // no barrier below
  for (int w = 1; w < kJoinWarps; ++w) sum += of_warps[w][place.beside];
  targets.take(place.column, sum);
}

// ---- rows

/// Orders values as argmax does when compared as integers: NaN before all others, equal values by their
/// column, the first one last.
WEFT_DEVICE std::uint64_t rank_of(float value, std::int64_t column) {
  const std::uint32_t bits = __float_as_uint(value + 0.0f);  // -0 becomes 0
  const std::uint32_t ordered = (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
  const std::uint32_t rank = value != value ? 0u : ordered;
  return std::uint64_t{rank} << 32 | (0xffffffffu - static_cast<std::uint32_t>(column));
}
WEFT_DEVICE std::int32_t column_of(std::uint64_t rank) {
  return static_cast<std::int32_t>(0xffffffffu - static_cast<std::uint32_t>(rank));
}

/// The argmax of a row, for every lane of the group that has it. All lanes of the warp take part.
template <class Held>
WEFT_DEVICE std::int32_t argmax_of(const float* row, bool there, std::int64_t k) {
  std::uint64_t best = 0;
  for (std::int64_t first = 0; first < k; first += Held::kSpan) {
    Held held;
    held.load(row, there, first, k, __uint_as_float(0x7fffffffu));  // NaN behind the row never is the first
    for (int i = 0; i < Held::kHeld; ++i) {
      const std::uint64_t rank = rank_of(held.v[i], first + Held::column(i));
      best = best < rank ? rank : best;
    }
  }
  return column_of(group_max<Held::kLanes>(best));
}

template <class Held>
__global__ void __launch_bounds__(kGroupThreads, kGroupBlocks)
    argmax_kernel(ConstMat x, std::int32_t* __restrict__ out) {
  for (GroupRows<Held::kLanes> rows; rows.more(); rows.next()) {
    const std::int64_t row = rows.row();
    const bool there = row < x.rows;
    const std::int32_t best = argmax_of<Held>(x.f32() + row * x.ld, there, x.cols);
    if (there && lane_in_group<Held::kLanes>() == 0) out[row] = best;
  }
}

// A thread's counts of the parts share a word: no block has as many rows as 10 bits count.
constexpr int kCountBits = 10;
static_assert(kRowsPerBlock < 1 << kCountBits && kSplitParts * kCountBits < 32, "the counts fit a word");

template <class Held>
__global__ void __launch_bounds__(kGroupThreads, kGroupBlocks)
    count_correct_kernel(ConstMat logits, const std::int32_t* __restrict__ labels,
                         const std::uint8_t* __restrict__ part, std::int64_t* correct) {
  int counts = 0;
  for (GroupRows<Held::kLanes> rows; rows.more(); rows.next()) {
    const std::int64_t row = rows.row();
    const bool there = row < logits.rows;
    const std::int32_t best = argmax_of<Held>(logits.f32() + row * logits.ld, there, logits.cols);
    if (!there || lane_in_group<Held::kLanes>() != 0) continue;
    const int p = part[row];
    if (p < kSplitParts && labels[row] == best) counts += 1 << (p * kCountBits);
  }
  counts = block_sum<kGroupThreads>(counts);
  for (int p = 0; threadIdx.x == 0 && p < kSplitParts; ++p) {
    const int count = counts >> (p * kCountBits) & ((1 << kCountBits) - 1);
    if (count > 0) atomic_add(correct + p, std::int64_t{count});
  }
}

}  // namespace

void join_sums(Queue queue, const SumParts& parts, const SumTargets& targets) {
  launch(WEFT_KERNEL(join_sums_kernel), join_grid(parts.width), kJoinThreads, kNoShared, queue, parts,
         targets);
}

std::size_t CudaBackend::do_scratch(const ColumnSums& op) const {
  return sum_parts_bytes(reduction_parts(op.x.rows, op.x.cols), op.x.cols);
}

void CudaBackend::do_run(Stream& stream, const ColumnSums& op) {
  const SumParts parts{static_cast<float*>(stream.scratch), reduction_parts(op.x.rows, op.x.cols), op.x.cols};
  with_float_rows<AnyRows<1>>({op.x}, [&](auto rows) {
    using Rows = decltype(rows);
    const ColumnWalk walk = reduction_walk(op.x.rows, op.x.cols, Rows::kWidth);
    launch(WEFT_KERNEL(column_sums_kernel<Rows>), walk.grid(), kColumnThreads, kNoShared, queue_, walk, op.x,
           parts);
  });
  SumTargets targets;
  targets.first = op.out.data;
  targets.c = op.x.cols;
  join_sums(queue_, parts, targets);
}

void CudaBackend::do_run(Stream&, const Argmax& op) {
  with_groups({op.x}, [&](auto held) {
    using Held = decltype(held);
    launch(WEFT_KERNEL(argmax_kernel<Held>), blocks_of_rows(op.x.rows), kGroupThreads, kNoShared, queue_,
           op.x, op.out.data);
  });
}

void CudaBackend::do_run(Stream&, const CountCorrect& op) {
  fill_device(queue_, op.correct.data, 0, kSplitParts * sizeof(std::int64_t));
  if (op.logits.rows == 0) return;
  with_groups({op.logits}, [&](auto held) {
    using Held = decltype(held);
    launch(WEFT_KERNEL(count_correct_kernel<Held>), blocks_of_rows(op.logits.rows), kGroupThreads, kNoShared,
           queue_, op.logits, op.labels.data, op.part.data, op.correct.data);
  });
}

}  // namespace weft::WEFT_DEVICE_NS
