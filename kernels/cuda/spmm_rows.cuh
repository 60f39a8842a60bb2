#pragma once
// What becomes of a row's sum: scale, bias, what y holds, the write to y, and the moments of what is written.
#include "kernels/cuda/spmm_choice.hpp"
#include "kernels/cuda/spmm_sums.cuh"

namespace weft::WEFT_DEVICE_NS {

/// A block's columns of the bias, in shared memory: read once, in order, whatever its alignment and the
/// columns of a lane, and without registers, which the sums need.
template <class Columns>
struct BlockBias {
  // Lanes that read are neighbours, and so are columns that are written; the stagger keeps either from
  // meeting in a bank.
  static constexpr int kStride = kWarp + kWarp / Columns::kCount;
  static constexpr int kSize = Columns::kCount * kStride;

  const float* values;  // null: no bias

  WEFT_DEVICE static int place(int i, int lane, int lanes) {
    return Columns::kVectors ? i * kStride + lane : i * lanes + lane;
  }

  /// For all threads of the block.
  WEFT_DEVICE BlockBias(const SpmmArguments& s, float* shared)
      : values(s.bias == nullptr ? nullptr : shared) {
    if (values == nullptr) return;  // all threads do
    const int panel = s.lanes * Columns::kCount;
    for (int j = static_cast<int>(threadIdx.x); j < panel; j += kSpmmThreads) {
      const std::int64_t column = std::int64_t{blockIdx.y} * panel + j;
      const float value = column < s.y.cols ? __ldg(s.bias + column) : 0.0f;
      shared[place(Columns::index_of(j, s.lanes), Columns::lane_of(j, s.lanes), s.lanes)] = value;
    }
    __syncthreads();
  }

  /// Of a lane's column i.
  WEFT_DEVICE float operator()(const SpmmArguments& s, int i) const {
    return values == nullptr ? 0.0f : values[place(i, lane_in_group(s), s.lanes)];
  }
};

/// Leaves in `values` what y got, before it was rounded to y's type.
template <class Columns>
WEFT_DEVICE void write_row(const SpmmArguments& s, const Columns& mine, const BlockBias<Columns>& bias,
                           std::int64_t row, float (&values)[Columns::kCount]) {
  const float scale = s.row_scale == nullptr ? 1.0f : __ldg(s.row_scale + row);
  for (int i = 0; i < Columns::kCount; ++i) values[i] = fmaf(scale, values[i], bias(s, i));

  const std::int64_t at = row * s.y.ld + mine.first;
  const auto finish = [&](auto* y) {
    if (s.adds) mine.add(y, values);
    mine.store(y, values);
  };
  if (s.y.dtype == DType::kBf16) {
    finish(static_cast<Bf16*>(s.y.data) + at);
  } else if constexpr (Columns::kCount == 4) {  // 8 columns of float32 would be two accesses
    finish(s.y.f32() + at);
  }
}

/// Moments of the rows that a block wrote: Deviations of each column, with the count that they share.
template <class Columns>
struct BlockMoments {
  float count = 0.0f;
  float center[Columns::kCount] = {};
  float sum[Columns::kCount] = {};
  float square[Columns::kCount] = {};

  WEFT_DEVICE void add(const float (&values)[Columns::kCount]) {
    for (int i = 0; i < Columns::kCount; ++i) {
      if (count == 0.0f) center[i] = values[i];
      const float deviation = values[i] - center[i];
      sum[i] += deviation;
      square[i] = fmaf(deviation, deviation, square[i]);
    }
    count += 1.0f;
  }

  /// Joins what the block's groups have, in their order, into a part. For all threads of the block.
  WEFT_DEVICE void store(const SpmmArguments& s, std::int64_t part) const {
    // A plane for each of a lane's columns, staggered so that no bank is met twice: not in the writes, a
    // thread after the other, and not in the reads, a column after the other.
    constexpr int kPlane = kSpmmThreads + 8 / Columns::kCount;
    WEFT_SHARED(float, planes, [Columns::kCount][kPlane][4]);
    for (int i = 0; i < Columns::kCount; ++i) {
      store4(planes[i][threadIdx.x], make_float4(count, center[i], sum[i], square[i]));
    }
    __syncthreads();

    const int panel = s.lanes * Columns::kCount;
    for (int j = static_cast<int>(threadIdx.x); j < panel; j += kSpmmThreads) {
      const std::int64_t column = std::int64_t{blockIdx.y} * panel + j;
      if (column >= s.y.cols) break;
      const auto& plane = planes[Columns::index_of(j, s.lanes)];
      const int lane = Columns::lane_of(j, s.lanes);
      Deviations<float> joined;
      for (int group = 0; group < groups_of_block(s); ++group) {
        const float4 d = load4(plane[group * s.lanes + lane]);
        joined.join({d.x, d.y, d.z, d.w});
      }
      s.parts.store(part, column, joined);
    }
  }
};

/// Where moments are not asked for.
struct NoMoments {
  template <class Values>
  WEFT_DEVICE void add(const Values&) {}
  WEFT_DEVICE void store(const SpmmArguments&, std::int64_t) const {}
};

}  // namespace weft::WEFT_DEVICE_NS
