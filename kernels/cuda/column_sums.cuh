#pragma once
// Sums over rows: a first kernel leaves the sums of every part of the rows, a second one adds the parts in
// double, in an order that depends on their number only.
#include "kernels/cuda/columns.cuh"

namespace weft::WEFT_DEVICE_NS {

/// Sums of parts in scratch: [parts, width].
struct SumParts {
  float* values = nullptr;
  std::int64_t parts = 0;
  std::int64_t width = 0;

  WEFT_DEVICE void store(std::int64_t part, std::int64_t column, float sum) const {
    values[part * width + column] = sum;
  }
  WEFT_DEVICE double load(std::int64_t part, std::int64_t column) const {
    return static_cast<double>(values[part * width + column]);
  }
};

/// Bytes of SumParts::values.
constexpr std::size_t sum_parts_bytes(std::int64_t parts, std::int64_t width) {
  return static_cast<std::size_t>(parts * width) * sizeof(float);
}

/// Where joined sums go.
struct SumTargets {
  float* out = nullptr;  // [width]  sum / divisor; may be null
  double divisor = 1.0;
  float* first = nullptr;   // [c]          += the sums of the first c columns
  float* second = nullptr;  // [width - c]  += those of the others
  std::int64_t c = 0;

  WEFT_DEVICE void take(std::int64_t column, double sum) const {
    if (out != nullptr) out[column] = static_cast<float>(sum / divisor);
    float* const gradient = column < c ? first + column : second + (column - c);
    *gradient = static_cast<float>(static_cast<double>(*gradient) + sum);
  }
};

/// In reduce.cu.
void join_sums(Queue queue, const SumParts& parts, const SumTargets& targets);

/// The sum over the block's lanes of what its threads have of this thread's joined column, in order.
template <int W>
WEFT_DEVICE float sum_of_lanes(const float* staged, const ColumnWalk& walk) {
  float sum = 0.0f;
  for (int k = 0; k < walk.lanes; ++k) {
    sum += Staging<W>::get(staged, walk, static_cast<int>(threadIdx.x), k);
  }
  return sum;
}

}  // namespace weft::WEFT_DEVICE_NS
