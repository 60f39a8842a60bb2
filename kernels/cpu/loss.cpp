// The losses over blocks of rows: a block's sum is one chain in double, the blocks are added in order.
#include <limits>

#include "kernels/cpu/column_blocks.hpp"
#include "kernels/cpu/cpu_backend.hpp"

namespace weft::cpu {
namespace {

/// The sum of of_block(first_row, rows) over all blocks of n rows; `parts` has a place for each.
template <class OfBlock>
double sum_of_blocks(int threads, std::int64_t n, double* parts, const OfBlock& of_block) {
  for_each_block(threads, n, [&](std::int64_t b, std::int64_t row, std::int64_t rows) {
    parts[b] = of_block(row, rows);
  });
  double sum = 0.0;
  for (std::int64_t b = 0; b < block_count(n); ++b) sum += parts[b];
  return sum;
}

/// How many values of rows [begin, begin + rows) are not NaN.
std::int64_t count_given(const ConstMat& targets, std::int64_t begin, std::int64_t rows) {
  std::int64_t given = 0;
  for (std::int64_t i = begin; i < begin + rows; ++i) {
    const float* row = targets.row(i);
    for (std::int64_t j = 0; j < targets.cols; ++j) given += row[j] == row[j] ? 1 : 0;
  }
  return given;
}

}  // namespace

std::size_t CpuBackend::do_scratch(const LogSoftmaxNll& op) const {
  return static_cast<std::size_t>(block_count(op.logits.rows)) * sizeof(double);
}

void CpuBackend::do_run(Stream& stream, const LogSoftmaxNll& op) {
  const double rows_of_loss = static_cast<double>(op.logits.rows);
  const double sum = sum_of_blocks(threads_, op.logits.rows, static_cast<double*>(stream.scratch),
                                   [&](std::int64_t row, std::int64_t rows) {
                                     return kernels_.loss.log_softmax_nll(op.logits.row(row), op.logits.ld,
                                                                          op.labels.data + row, rows,
                                                                          op.logits.cols, 1.0 / rows_of_loss,
                                                                          op.dlogits.row(row), op.dlogits.ld);
                                   });
  op.loss[0] = sum / rows_of_loss;
}

std::size_t CpuBackend::do_scratch(const BceWithLogits& op) const {
  return static_cast<std::size_t>(block_count(op.logits.rows)) * sizeof(double);
}

void CpuBackend::do_run(Stream& stream, const BceWithLogits& op) {
  double* const parts = static_cast<double*>(stream.scratch);  // [blocks], of the count, then of the loss
  const double entries =
      sum_of_blocks(threads_, op.logits.rows, parts, [&](std::int64_t row, std::int64_t rows) {
        return static_cast<double>(count_given(op.targets, row, rows));
      });
  const double sum = sum_of_blocks(threads_, op.logits.rows, parts, [&](std::int64_t row, std::int64_t rows) {
    return kernels_.loss.bce_with_logits(op.logits.row(row), op.logits.ld, op.targets.row(row), op.targets.ld,
                                         rows, op.logits.cols, 1.0 / entries, op.dlogits.row(row),
                                         op.dlogits.ld);
  });
  op.loss[0] = entries > 0.0 ? sum / entries : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace weft::cpu
