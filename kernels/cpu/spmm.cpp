// y = A x on the CPU. A thread owns whole rows of y, cut so that each has as many edges (and rows, which cost
// a store each) as the others; the sums are in spmm_kernels.cpp.
#include "kernels/cpu/cpu_backend.hpp"
#include "kernels/cpu/parallel.hpp"

namespace weft::cpu {
namespace {

/// The first row r for which edges before r plus rows before r reach `cost`.
std::int64_t row_at_cost(const CsrView& a, std::int64_t cost) {
  std::int64_t low = 0;
  std::int64_t high = a.num_rows;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (a.offsets[middle] + middle < cost) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// Below this many multiply-adds waking threads costs more than it saves.
constexpr std::int64_t kSerialWork = 1 << 16;

}  // namespace

std::size_t CpuBackend::do_spmm_scratch(const CsrView& a, std::int64_t c, const SpmmOptions& options) const {
  return options.moments.count == nullptr ? 0 : do_batch_norm_statistics_scratch(a.num_rows, c);
}

void CpuBackend::do_spmm(Stream& stream, const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options) {
  const SpmmArguments arguments{a.offsets,
                                a.cols,
                                a.weights,
                                or_null(options.row_scale),
                                or_null(options.col_scale),
                                or_null(options.bias),
                                x.f32(),
                                x.ld,
                                y.f32(),
                                y.ld,
                                x.cols};
  const std::int64_t cost = a.num_edges + a.num_rows;
  parallel(cost * x.cols < kSerialWork ? 1 : threads_, [&](int thread, int given) {
    kernels_.spmm.rows(arguments, row_at_cost(a, cost * thread / given),
                       row_at_cost(a, cost * (thread + 1) / given));
  });
  if (options.moments.count != nullptr) do_batch_norm_statistics(stream, y, options.moments);
}

}  // namespace weft::cpu
