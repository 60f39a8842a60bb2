// What is known of y = x w + bias from the moments of x alone (see backend.hpp). The matrices are as small as
// weights are, so that everything is done in double.
#include "kernels/cuda/columns.cuh"
#include "kernels/cuda/cuda_backend.hpp"

namespace weft::WEFT_DEVICE_NS {
namespace {

constexpr int kMomentThreads = 256;  // a warp has 32 neighbouring columns and every 8th row
constexpr int kMomentWarps = kMomentThreads / kWarp;

__global__ void __launch_bounds__(kMomentThreads)
    product_moments_kernel(Moments x, ConstMat w, ConstMat sw, const float* __restrict__ bias, Moments y) {
  const std::int64_t column = std::int64_t{blockIdx.x} * kWarp + lane();
  double sum = 0.0, m2 = 0.0;
  for (std::int64_t k = warp_in_block(); column < w.cols && k < w.rows; k += kMomentWarps) {
    const double weight = static_cast<double>(w.row(k)[column]);
    sum = fma(x.sum[k], weight, sum);
    m2 = fma(weight, static_cast<double>(sw.row(k)[column]), m2);
  }
  WEFT_SHARED(double, staged, [2][kMomentWarps][kWarp]);
  staged[0][warp_in_block()][lane()] = sum;
  staged[1][warp_in_block()][lane()] = m2;
  __syncthreads();
  if (global_thread() == 0) *y.count = *x.count;
  if (warp_in_block() != 0 || column >= w.cols) return;  // no barrier below
  for (int warp = 1; warp < kMomentWarps; ++warp) {
    sum += staged[0][warp][lane()];
    m2 += staged[1][warp][lane()];
  }
  y.sum[column] = bias == nullptr ? sum : fma(*x.count, static_cast<double>(bias[column]), sum);
  y.m2[column] = m2 < 0.0 ? 0.0 : m2;  // the rounding of sw in a constant column; NaN passes
}

template <class Rows>
__global__ void __launch_bounds__(kColumnThreads)
    product_gradient_kernel(ColumnWalk walk, ConstMat xg, ConstMat sw, Moments x,
                            const float* __restrict__ gamma, const float* __restrict__ rstd,
                            const float* __restrict__ sums, Mat dw) {
  constexpr int W = Rows::kWidth;
  const ColumnPlace place = place_in<Rows>(walk);
  const Values<W> gammas = load_vector<W>(gamma, place.col, walk.cols);
  const Values<W> rstds = load_vector<W>(rstd, place.col, walk.cols);
  const Values<W> sum_g = load_vector<W>(sums, place.col, walk.cols);
  const Values<W> sum_gx = load_vector<W>(sums + walk.cols, place.col, walk.cols);
  const typename Rows::In products(xg, place.row, place.col, place.left),
      scatter(sw, place.row, place.col, place.left);
  const typename Rows::In before(dw, place.row, place.col, place.left);
  const typename Rows::Out after(dw, place.row, place.col, place.left);
  const double share = 1.0 / *x.count;
  for (int below = 0; below < place.span; below += walk.lanes) {
    const Values<W> product = Rows::unpack(products.load(below)), of_s = Rows::unpack(scatter.load(below));
    Values<W> gradient = Rows::unpack(before.load(below));
    const double sum_x = x.sum[place.row + below];
    for (int i = 0; i < W; ++i) {
      const double of_column = static_cast<double>(rstds[i]);
      const double through_deviation =
          static_cast<double>(of_s[i]) * of_column * static_cast<double>(sum_gx[i]);
      const double through_statistics = fma(sum_x, static_cast<double>(sum_g[i]), through_deviation) * share;
      const double change =
          static_cast<double>(gammas[i]) * of_column * (static_cast<double>(product[i]) - through_statistics);
      gradient[i] = static_cast<float>(static_cast<double>(gradient[i]) + change);
    }
    after.store(below, gradient);
  }
}

}  // namespace

void CudaBackend::do_run(Stream&, const ProductMoments& op) {
  launch(WEFT_KERNEL(product_moments_kernel), dim3(static_cast<unsigned>(ceil_div(op.w.cols, kWarp))),
         kMomentThreads, kNoShared, queue_, op.x, op.w, op.sw, or_null(op.bias), op.y);
}

void CudaBackend::do_run(Stream&, const ProductGradient& op) {
  with_float_rows<AnyRows<1>>({op.xg, op.sw, op.dw}, [&](auto rows) {
    using Rows = decltype(rows);
    const ColumnWalk walk = independent_walk(op.dw.rows, op.dw.cols, Rows::kWidth, 1, 1);
    launch(WEFT_KERNEL(product_gradient_kernel<Rows>), walk.grid(), kColumnThreads, kNoShared, queue_, walk,
           op.xg, op.sw, op.x, op.norm.gamma.data, op.norm.rstd.data, op.sums.data, op.dw);
  });
}

}  // namespace weft::WEFT_DEVICE_NS
