// Normalisation, ReLU and dropout in one pass, and their gradient in two.
//
//   forward   y = dropout(relu(xhat gamma + beta)),  xhat = (x - mean) rstd
//   backward  g = dy through both masks;  dbeta += sum_i g;  dgamma += sum_i g xhat
//             dx = gamma rstd (g - mean_i(g) - xhat mean_i(g xhat))
//
// The masks are computed again wherever they are needed: ten rounds of Philox for four columns cost less than
// reading a stored mask. So the gradient's first pass only reads (2nc) and sums, the second reads again and
// writes dx: 5nc in all, where keeping g in between would move 6nc. Memory-bound in each pass.
#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/cuda_backend.hpp"

namespace weft::WEFT_DEVICE_NS {
namespace {

/// A block as kernels take it. Its parts are switched off by null pointers; the branches are the same for all
/// threads and cost nothing beside the memory.
struct Block {
  const float* mean = nullptr;  // [c] each, null without normalisation
  const float* rstd = nullptr;
  const float* gamma = nullptr;
  const float* beta = nullptr;
  const StepState* step = nullptr;  // null without dropout
  const NodeId* row_ids = nullptr;
  std::uint32_t layer = 0;
  std::uint32_t threshold = 0;
  float scale = 1.0f;
  bool relu = false;
};

Block block_of(const Activation& activation) {
  Block block;
  block.mean = or_null(activation.norm.mean);
  block.rstd = or_null(activation.norm.rstd);
  block.gamma = or_null(activation.norm.gamma);
  block.beta = or_null(activation.norm.beta);
  block.relu = activation.relu;
  block.row_ids = or_null(activation.row_ids);
  const Dropout& dropout = activation.dropout;
  if (dropout.rate == 0.0f) return block;
  block.step = dropout.step;
  block.layer = dropout.layer;
  block.threshold = drop_threshold(dropout.rate);
  block.scale = 1.0f / (1.0f - dropout.rate);
  return block;
}

/// What a thread keeps of the block: the parameters of its columns, and the key of the step. Without
/// normalisation the parameters are those that change nothing, not even the sign of 0.
template <int W>
struct Columns {
  Values<W> mean, rstd, gamma, beta;
  RandomKey key;

  WEFT_DEVICE Columns(const Block& block, std::int64_t col, std::int64_t cols) {
    for (int i = 0; i < W; ++i) {
      mean[i] = 0.0f;
      rstd[i] = gamma[i] = 1.0f;
      beta[i] = -0.0f;
    }
    if (block.mean != nullptr) {
      mean = load_vector<W>(block.mean, col, cols);
      rstd = load_vector<W>(block.rstd, col, cols);
      gamma = load_vector<W>(block.gamma, col, cols);
      beta = load_vector<W>(block.beta, col, cols);
    }
    if (block.step != nullptr) {
      const StepState& step = *block.step;
      key = random_key(step.seed, step.run, block.layer, Purpose::kDropout, step.step);
    }
  }
  WEFT_DEVICE float normalized(int i, float x) const { return (x - mean[i]) * rstd[i]; }
  WEFT_DEVICE float scaled(int i, float xhat) const { return fmaf(xhat, gamma[i], beta[i]); }
};

/// Dropout of a row's columns, forward and backward alike: each becomes 0 or is multiplied by 1 / (1 - rate).
template <int W>
WEFT_DEVICE void drop(const Block& block, const Columns<W>& columns, std::int64_t row, std::int64_t col,
                      Values<W>& v) {
  const std::int64_t id = block.row_ids == nullptr ? row : block.row_ids[row];
  for (int quad = 0; quad < W / 4; ++quad) {
    const RandomBlock words = random_quad(columns.key, id, static_cast<std::uint32_t>(col / 4 + quad));
    for (int i = 0; i < 4; ++i) {
      float& value = v[4 * quad + i];
      value = words.v[i] < block.threshold ? 0.0f : value * block.scale;
    }
  }
}

// A thread keeps up to six parameters of each column and the keys of Philox's rounds, so that few blocks fit
// at once and each thread has the more loads in flight: 64 bytes forward, 128 (64 of bf16) in the gradient.
template <class Rows>
constexpr int kForwardBlocks = Rows::kWidth > 4 ? 2 : 3;
constexpr int kGradientBlocks = 2;
template <class Rows>
constexpr int kGradientRows = 16 / Rows::kWidth;

/// Rows of a thread at most where rows are independent.
constexpr int kMostRows = 16;

template <class Rows>
__global__ void __launch_bounds__(kColumnThreads, kForwardBlocks<Rows>)
    activate_kernel(ColumnWalk walk, ConstMat x, Block block, Mat y) {
  constexpr int W = Rows::kWidth, kAtOnce = kRowsAtOnce<Rows>;
  const ColumnPlace place = place_in<Rows>(walk);
  const typename Rows::In in(x, place.row, place.col, place.left);
  const typename Rows::Out out(y, place.row, place.col, place.left);
  const Columns<W> columns(block, place.col, x.cols);
  for (int below = 0; below < place.span; below += kAtOnce * walk.lanes) {
    typename Rows::Packed loaded[kAtOnce];
    WEFT_UNROLL
    for (int u = 0; u < kAtOnce; ++u) {
      if (below + u * walk.lanes < place.span) loaded[u] = in.load(below + u * walk.lanes);
    }
    WEFT_UNROLL
    for (int u = 0; u < kAtOnce; ++u) {
      const int at = below + u * walk.lanes;
      if (at >= place.span) continue;
      Values<W> v = Rows::unpack(loaded[u]);
      for (int i = 0; i < W; ++i) v[i] = columns.scaled(i, columns.normalized(i, v[i]));
      if (block.relu) {
        for (int i = 0; i < W; ++i) v[i] = v[i] <= 0.0f ? 0.0f : v[i];  // NaN passes
      }
      if (block.step != nullptr) drop(block, columns, place.row + at, place.col, v);
      out.store(at, v);
    }
  }
}

/// Turns dy into g, the gradient before the normalisation, and x into xhat.
template <int W>
WEFT_DEVICE void through_masks(const Block& block, const Columns<W>& columns, std::int64_t row,
                               std::int64_t col, Values<W>& x, Values<W>& dy) {
  for (int i = 0; i < W; ++i) x[i] = columns.normalized(i, x[i]);
  if (block.relu) {
    for (int i = 0; i < W; ++i) dy[i] = columns.scaled(i, x[i]) <= 0.0f ? 0.0f : dy[i];
  }
  if (block.step != nullptr) drop(block, columns, row, col, dy);
}

/// g, stored where `g` has data, and the sums of g and g * xhat of every part where `parts` has values.
template <class Rows>
__global__ void __launch_bounds__(kColumnThreads, kGradientBlocks)
    masks_kernel(ColumnWalk walk, ConstMat x, ConstMat dy, Block block, Mat g, SumParts parts) {
  constexpr int W = Rows::kWidth, kAtOnce = kGradientRows<Rows>;
  const ColumnPlace place = place_in<Rows>(walk);
  const typename Rows::In of_x(x, place.row, place.col, place.left),
      of_dy(dy, place.row, place.col, place.left);
  const typename Rows::Out out(g, place.row, place.col, place.left);
  const Columns<W> columns(block, place.col, x.cols);
  Values<W> sum_g{}, sum_gx{};
  for (int below = 0; below < place.span; below += kAtOnce * walk.lanes) {
    typename Rows::Packed xs[kAtOnce], dys[kAtOnce];
    WEFT_UNROLL
    for (int u = 0; u < kAtOnce; ++u) {
      const int at = below + u * walk.lanes;
      if (at >= place.span) continue;
      xs[u] = of_x.load(at);
      dys[u] = of_dy.load(at);
    }
    WEFT_UNROLL
    for (int u = 0; u < kAtOnce; ++u) {
      const int at = below + u * walk.lanes;
      if (at >= place.span) continue;
      Values<W> xhat = Rows::unpack(xs[u]), of_row = Rows::unpack(dys[u]);
      through_masks(block, columns, place.row + at, place.col, xhat, of_row);
      for (int i = 0; i < W; ++i) {
        sum_g[i] += of_row[i];
        sum_gx[i] = fmaf(of_row[i], xhat[i], sum_gx[i]);
      }
      if (g.data != nullptr) out.store(at, of_row);
    }
  }

  if (parts.values == nullptr) return;  // the whole block: no barrier is missed
  WEFT_SHARED(float, staged, [2][Staging<W>::kFloats]);
  Staging<W>::put(staged[0], sum_g);
  Staging<W>::put(staged[1], sum_gx);
  __syncthreads();
  const std::int64_t column = joined_column(walk);
  if (column < 0) return;  // no barrier below
  parts.store(blockIdx.x, column, sum_of_lanes<W>(staged[0], walk));
  parts.store(blockIdx.x, x.cols + column, sum_of_lanes<W>(staged[1], walk));
}

/// dx from x and dy, when the means of g and of g * xhat over all rows are known: `means` [2 c].
template <class Rows>
__global__ void __launch_bounds__(kColumnThreads, kGradientBlocks)
    through_statistics_kernel(ColumnWalk walk, ConstMat x, ConstMat dy, Block block,
                              const float* __restrict__ means, Mat dx) {
  constexpr int W = Rows::kWidth, kAtOnce = kGradientRows<Rows>;
  const ColumnPlace place = place_in<Rows>(walk);
  const typename Rows::In of_x(x, place.row, place.col, place.left),
      of_dy(dy, place.row, place.col, place.left);
  const typename Rows::Out out(dx, place.row, place.col, place.left);
  const Columns<W> columns(block, place.col, x.cols);
  const Values<W> mean_g = load_vector<W>(means, place.col, x.cols);
  const Values<W> mean_gx = load_vector<W>(means + x.cols, place.col, x.cols);
  for (int below = 0; below < place.span; below += kAtOnce * walk.lanes) {
    typename Rows::Packed xs[kAtOnce], dys[kAtOnce];
    WEFT_UNROLL
    for (int u = 0; u < kAtOnce; ++u) {
      const int at = below + u * walk.lanes;
      if (at >= place.span) continue;
      xs[u] = of_x.load(at);
      dys[u] = of_dy.load(at);
    }
    WEFT_UNROLL
    for (int u = 0; u < kAtOnce; ++u) {
      const int at = below + u * walk.lanes;
      if (at >= place.span) continue;
      Values<W> xhat = Rows::unpack(xs[u]), of_row = Rows::unpack(dys[u]);
      through_masks(block, columns, place.row + at, place.col, xhat, of_row);
      for (int i = 0; i < W; ++i) {
        const float factor = columns.gamma[i] * columns.rstd[i];
        of_row[i] = factor * fmaf(-xhat[i], mean_gx[i], of_row[i] - mean_g[i]);
      }
      out.store(at, of_row);
    }
  }
}

SumParts parts_of(const ConstMat& x, float* values) {
  return {values, reduction_parts(x.rows, x.cols), 2 * x.cols};
}

std::size_t masks_bytes(const ConstMat& x) {
  return sum_parts_bytes(reduction_parts(x.rows, x.cols), 2 * x.cols);
}

/// Sums of g and of g * xhat to `out`, divided, and to the gradients.
void join_gradients(Queue queue, const SumParts& parts, float* out, double divisor, Vec<float> dgamma,
                    Vec<float> dbeta) {
  SumTargets targets;
  targets.out = out;
  targets.divisor = divisor;
  targets.first = dbeta.data;
  targets.second = dgamma.data;
  targets.c = dbeta.size;
  join_sums(queue, parts, targets);
}

}  // namespace

void CudaBackend::do_run(Stream&, const Activate& op) {
  const Block block = block_of(op.block);
  with_rows<AnyRows<4>>({op.x, op.y}, [&](auto rows) {
    using Rows = decltype(rows);
    const ColumnWalk walk =
        independent_walk(op.x.rows, op.x.cols, Rows::kWidth, kRowsAtOnce<Rows>, kMostRows);
    launch(WEFT_KERNEL(activate_kernel<Rows>), walk.grid(), kColumnThreads, kNoShared, queue_, walk, op.x,
           block, op.y);
  });
}

std::size_t CudaBackend::do_scratch(const ActivateBackward& op) const {
  return static_cast<std::size_t>(2 * op.x.cols) * sizeof(float) + masks_bytes(op.x);
}

void CudaBackend::do_run(Stream& stream, const ActivateBackward& op) {
  const Block block = block_of(op.block);
  float* const means = static_cast<float*>(stream.scratch);  // [2 c]
  const SumParts parts = parts_of(op.x, means + 2 * op.x.cols);
  with_rows<AnyRows<4>>({op.x, op.dy, op.dx}, [&](auto rows) {
    using Rows = decltype(rows);
    const ColumnWalk independent =
        independent_walk(op.x.rows, op.x.cols, Rows::kWidth, kGradientRows<Rows>, kMostRows);
    if (block.mean == nullptr) {
      launch(WEFT_KERNEL(masks_kernel<Rows>), independent.grid(), kColumnThreads, kNoShared, queue_,
             independent, op.x, op.dy, block, op.dx, SumParts{});
      return;
    }
    const ColumnWalk walk = reduction_walk(op.x.rows, op.x.cols, Rows::kWidth);
    launch(WEFT_KERNEL(masks_kernel<Rows>), walk.grid(), kColumnThreads, kNoShared, queue_, walk, op.x, op.dy,
           block, Mat{}, parts);
    join_gradients(queue_, parts, means, static_cast<double>(op.x.rows), op.dgamma, op.dbeta);
    launch(WEFT_KERNEL(through_statistics_kernel<Rows>), independent.grid(), kColumnThreads, kNoShared,
           queue_, independent, op.x, op.dy, block, means, op.dx);
  });
}

std::size_t CudaBackend::do_scratch(const ActivateBackwardMasks& op) const { return masks_bytes(op.x); }

void CudaBackend::do_run(Stream& stream, const ActivateBackwardMasks& op) {
  const Block block = block_of(op.block);
  const SumParts parts = parts_of(op.x, static_cast<float*>(stream.scratch));
  with_rows<AnyRows<4>>({op.x, op.dy, op.g}, [&](auto rows) {
    using Rows = decltype(rows);
    const ColumnWalk walk = reduction_walk(op.x.rows, op.x.cols, Rows::kWidth);
    launch(WEFT_KERNEL(masks_kernel<Rows>), walk.grid(), kColumnThreads, kNoShared, queue_, walk, op.x, op.dy,
           block, op.g, parts);
  });
  join_gradients(queue_, parts, op.sums.data, 1.0, op.dgamma, op.dbeta);
}

}  // namespace weft::WEFT_DEVICE_NS
