#pragma once
// The products of a block's output for backends that have none of their own: the output is made in scratch.
#include <utility>

#include "kernels/backend.hpp"

namespace weft {

class UnfusedBackend : public Backend {
 protected:
  using Backend::do_run;
  using Backend::do_scratch;

 private:
  void do_run(Stream& stream, const GemmActivated& op) final {
    auto [made, rest] = make(stream, op);
    do_run(rest, Gemm{made, op.b, op.c, op.bias});
  }
  std::size_t do_scratch(const GemmActivated& op) const final {
    return made_bytes(op.x) + do_scratch(Gemm{op.x, op.b, op.c, op.bias});
  }
  void do_run(Stream& stream, const GemmTnActivated& op) final {
    auto [made, rest] = make(stream, op);
    do_run(rest, GemmTn{made, op.b, op.c});
  }
  std::size_t do_scratch(const GemmTnActivated& op) const final {
    return made_bytes(op.x) + do_scratch(GemmTn{op.x, op.b, op.c});
  }

  /// A matrix like x of any type; what follows it in scratch is aligned again.
  static std::size_t made_bytes(const ConstMat& x) {
    constexpr std::size_t kAlignment = 256;
    const auto bytes = static_cast<std::size_t>(x.rows * x.cols) * sizeof(float);
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }
  /// The block's output at the beginning of scratch, and the stream with what is left of it.
  template <class Op>
  std::pair<Mat, Stream> make(Stream& stream, const Op& op) {
    const Mat made{stream.scratch, op.x.rows, op.x.cols, op.x.cols, op.x.dtype};
    if (!is_empty(made)) do_run(stream, Activate{op.x, op.block, made});
    const std::size_t bytes = made_bytes(op.x);
    Stream rest = stream;
    rest.scratch = static_cast<char*>(stream.scratch) + bytes;
    rest.scratch_bytes -= bytes;
    return {made, rest};
  }
};

}  // namespace weft
