// The softmax loss over blocks of rows: a block's sum is one chain in double, the blocks are added in order.
#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {

std::size_t CpuBackend::do_log_softmax_nll_scratch(std::int64_t r) const {
  return static_cast<std::size_t>(block_count(r)) * sizeof(double);
}

void CpuBackend::do_log_softmax_nll(Stream& stream, ConstMat logits, Vec<const std::int32_t> labels,
                                    Mat dlogits, Vec<double> loss) {
  const double rows_of_loss = static_cast<double>(logits.rows);
  double* const parts = static_cast<double*>(stream.scratch);  // [blocks]
  for_each_block(threads_, logits.rows, [&](std::int64_t b, std::int64_t row, std::int64_t rows) {
    parts[b] = kernels_.loss.log_softmax_nll(logits.row(row), logits.ld, labels.data + row, rows, logits.cols,
                                             1.0 / rows_of_loss, dlogits.row(row), dlogits.ld);
  });
  double sum = 0.0;
  for (std::int64_t b = 0; b < block_count(logits.rows); ++b) sum += parts[b];
  loss[0] = sum / rows_of_loss;
}

}  // namespace weft::cpu
