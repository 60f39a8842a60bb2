// Rows moved whole.
#include <cstring>

#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {
namespace {

/// Row to(i) of y = row from(i) of x, for i in [0, count).
template <class From, class To>
void copy_rows(int threads, std::int64_t count, const ConstMat& x, const From& from, const Mat& y,
               const To& to) {
  const std::size_t bytes = static_cast<std::size_t>(x.cols) * sizeof(float);
  parallel_ranges(threads, count, kBlockRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) std::memcpy(y.row(to(i)), x.row(from(i)), bytes);
  });
}

constexpr auto kItself = [](std::int64_t i) { return i; };

}  // namespace

/// Both are float32: bfloat16 is not stored here.
void CpuBackend::do_run(Stream&, const Convert& op) {
  copy_rows(threads_, op.x.rows, op.x, kItself, op.y, kItself);
}

void CpuBackend::do_run(Stream&, const GatherRows& op) {
  copy_rows(
      threads_, op.rows.size, op.x, [&](std::int64_t i) { return op.rows[i]; }, op.y, kItself);
}

void CpuBackend::do_run(Stream&, const ScatterRows& op) {
  copy_rows(threads_, op.rows.size, op.x, kItself, op.y, [&](std::int64_t i) { return op.rows[i]; });
}

}  // namespace weft::cpu
