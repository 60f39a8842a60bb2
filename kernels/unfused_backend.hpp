#pragma once
// The products of a block's output for backends that have none of their own: the output is made in scratch.
#include <utility>

#include "kernels/backend.hpp"

namespace weft {

class UnfusedBackend : public Backend {
 private:
  void do_gemm_activated(Stream& stream, ConstMat x, const Activation& block, ConstMat b, Mat c,
                         Vec<const float> bias) override {
    auto [made, rest] = make(stream, x, block);
    do_gemm(rest, made, b, c, bias);
  }
  std::size_t do_gemm_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const override {
    return made_bytes(n, c) + do_gemm_scratch(n, c, h);
  }
  void do_gemm_tn_activated(Stream& stream, ConstMat x, const Activation& block, ConstMat b, Mat c) override {
    auto [made, rest] = make(stream, x, block);
    do_gemm_tn(rest, made, b, c);
  }
  std::size_t do_gemm_tn_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const override {
    return made_bytes(n, c) + do_gemm_tn_scratch(n, c, h);
  }

  /// A matrix [n, c] of any type; what follows it in scratch is aligned again.
  static std::size_t made_bytes(std::int64_t n, std::int64_t c) {
    constexpr std::size_t kAlignment = 256;
    const auto bytes = static_cast<std::size_t>(n * c) * sizeof(float);
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }
  /// The block's output at the beginning of scratch, and the stream with what is left of it.
  std::pair<Mat, Stream> make(Stream& stream, ConstMat x, const Activation& block) {
    const Mat made{stream.scratch, x.rows, x.cols, x.cols, x.dtype};
    if (x.rows > 0 && x.cols > 0) do_activate(stream, x, block, made);
    const std::size_t bytes = made_bytes(x.rows, x.cols);
    Stream rest = stream;
    rest.scratch = static_cast<char*>(stream.scratch) + bytes;
    rest.scratch_bytes -= bytes;
    return {made, rest};
  }
};

}  // namespace weft
