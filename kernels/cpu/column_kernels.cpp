// Sums over a block of rows. The running sums of a row's width stay in the first-level cache; the matrix is
// read in its own order, so that the loops run at memory bandwidth.
#include "kernels/cpu/column_kernels.hpp"

#include "kernels/cpu/columns.hpp"

namespace weft::cpu::WEFT_ISA_NS {
namespace {

void sum(const float* x, std::int64_t ldx, std::int64_t rows, std::int64_t width, float* sums) {
  for (std::int64_t j = 0; j < width; ++j) sums[j] = 0.0f;
  for (std::int64_t i = 0; i < rows; ++i) {
    for_each_columns(width,
                     [&](Columns at) { at.store_to(sums, at.load_from(sums) + at.load_from(x + i * ldx)); });
  }
}

void deviations(const float* x, std::int64_t ldx, std::int64_t rows, std::int64_t width, const float* center,
                float* sums, float* squares) {
  for (std::int64_t j = 0; j < width; ++j) sums[j] = squares[j] = 0.0f;
  for (std::int64_t i = 0; i < rows; ++i) {
    for_each_columns(width, [&](Columns at) {
      const Floats d = at.load_from(x + i * ldx) - at.load_from(center);
      at.store_to(sums, at.load_from(sums) + d);
      at.store_to(squares, fma(d, d, at.load_from(squares)));
    });
  }
}

}  // namespace

const ColumnKernels column_kernels = {sum, deviations};

}  // namespace weft::cpu::WEFT_ISA_NS
