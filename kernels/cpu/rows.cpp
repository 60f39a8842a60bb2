// Rows moved whole.
#include <cstring>

#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {

void CpuBackend::do_gather_rows(Stream&, ConstMat x, Vec<const NodeId> rows, Mat y) {
  const std::size_t bytes = static_cast<std::size_t>(x.cols) * sizeof(float);
  parallel_ranges(threads_, rows.size, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) std::memcpy(y.row(i), x.row(rows[i]), bytes);
  });
}

}  // namespace weft::cpu
