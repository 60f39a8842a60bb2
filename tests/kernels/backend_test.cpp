// The door of every op: what wrong shapes, types and scratch are answered with. The CPU backend and what it
// says of itself.
#include "kernels/backend.hpp"

#include <gtest/gtest.h>

#include "kernels/cpu/isa.hpp"
#include "tests/support/isas.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

class Door : public ::testing::Test {
 protected:
  /// A matrix that is never read: the check comes first.
  Mat mat(std::int64_t rows, std::int64_t cols) { return {memory_, rows, cols, cols, DType::kF32}; }
  /// Another one, so that outputs are not inputs.
  Mat out(std::int64_t rows, std::int64_t cols) { return {memory_ + 8, rows, cols, cols, DType::kF32}; }
  template <class T = float>
  Vec<T> vec(std::int64_t size) {
    return {reinterpret_cast<T*>(memory_), size};
  }
  CsrView csr(NodeId rows, NodeId cols) {
    return {rows, cols, 0, reinterpret_cast<const EdgeId*>(memory_), nullptr, nullptr, nullptr};
  }
  template <class Call>
  void expect_refused(const std::string& message, const Call& call) {
    EXPECT_EQ(error_of(ErrorCode::kInvalidArgument, call), message);
  }
  template <class Op>
  void expect_op_refused(const std::string& message, const Op& op) {
    expect_refused(message, [&] { backend_->run(stream_, op); });
  }

  std::unique_ptr<Backend> backend_ = make_cpu_backend({1, Isa::kAuto});
  Stream stream_;
  alignas(64) float memory_[512] = {};
};

TEST_F(Door, SaysWhichMatrixIsNotOne) {
  Mat wrong = out(2, 3);
  wrong.dtype = DType::kBf16;
  expect_op_refused("gemm_tn: c is bfloat16; it must be float32", GemmTn{mat(4, 2), mat(4, 3), wrong});
  wrong.dtype = DType::kI32;
  expect_op_refused("gemm: c is int32; it must be float32 or bfloat16", Gemm{mat(2, 4), mat(4, 3), wrong});
  wrong = out(2, 3);
  wrong.ld = 2;
  expect_op_refused("gemm: c has ld 2 but 3 columns", Gemm{mat(2, 4), mat(4, 3), wrong});
  wrong = out(-1, 3);
  expect_op_refused("gemm: c is [-1, 3]; sizes must be >= 0", Gemm{mat(2, 4), mat(4, 3), wrong});
  wrong = out(2, 3);
  wrong.data = nullptr;
  expect_op_refused("gemm: c is [2, 3] but has no data", Gemm{mat(2, 4), mat(4, 3), wrong});
}

TEST_F(Door, SaysWhatTheBackendDoesNotStore) {
  Mat narrow = out(2, 3);
  narrow.dtype = DType::kBf16;
  EXPECT_EQ(error_of(ErrorCode::kUnsupported,
                     [&] {
                       backend_->run(stream_, Gemm{mat(2, 4), mat(4, 3), narrow});
                     }),
            "gemm: c is bfloat16, which the cpu backend does not store; use float32 there");
}

TEST_F(Door, ChecksProducts) {
  expect_op_refused("gemm: a is [2, 4] but b is [5, 3]", Gemm{mat(2, 4), mat(5, 3), out(2, 3)});
  expect_op_refused("gemm: c is [3, 2] but a b is [2, 3]", Gemm{mat(2, 4), mat(4, 3), out(3, 2)});
  expect_op_refused("gemm: bias has 2 values but the number of columns of b is 3",
                    Gemm{mat(2, 4), mat(4, 3), out(2, 3), vec(2)});
  expect_op_refused("gemm: c and a are the same memory; the output must not be an input",
                    Gemm{mat(2, 2), out(2, 2), mat(2, 2)});
  expect_op_refused("gemm: beta is 2; it must be 0 or 1", Gemm{mat(2, 4), mat(4, 3), out(2, 3), {}, 2.0f});
  expect_op_refused("gemm_nt: beta is 0.5; it must be 0 or 1", GemmNt{mat(2, 4), mat(5, 4), out(2, 5), 0.5f});
  expect_op_refused("gemm_nt: a is [2, 4] but b^T is [3, 5]", GemmNt{mat(2, 4), mat(5, 3), out(2, 3)});
  expect_op_refused("gemm_nt: c is [2, 3] but a b^T is [2, 5]", GemmNt{mat(2, 4), mat(5, 4), out(2, 3)});
  expect_op_refused("gemm_tn: a is [2, 4] but b is [3, 4]; they need as many rows",
                    GemmTn{mat(2, 4), mat(3, 4), out(4, 4)});
  expect_op_refused("gemm_tn: c is [4, 4] but a^T b is [4, 3]", GemmTn{mat(2, 4), mat(2, 3), out(4, 4)});
}

TEST_F(Door, ChecksCopies) {
  expect_refused("copy: 4 bytes from or to no memory", [&] { backend_->copy(stream_, memory_, nullptr, 4); });
  expect_refused("upload: 4 bytes from or to no memory",
                 [&] { backend_->upload(stream_, nullptr, memory_, 4); });
  expect_refused("download: 4 bytes from or to no memory",
                 [&] { backend_->download(stream_, nullptr, memory_, 4); });
  expect_refused("download_later: 4 bytes from or to no memory",
                 [&] { backend_->download_later(stream_, memory_, nullptr, 4); });
}

TEST_F(Door, ChecksScratch) {
  const std::string needed = std::to_string(backend_->scratch(Gemm{mat(2, 4), mat(4, 3), out(2, 3)}));
  expect_op_refused("gemm needs " + needed + " bytes of scratch but the stream has 0",
                    Gemm{mat(2, 4), mat(4, 3), out(2, 3)});
  stream_.scratch = memory_;
  stream_.scratch_bytes = backend_->scratch(Gemm{mat(2, 4), mat(4, 3), out(2, 3)}) - 1;
  expect_op_refused("gemm needs " + needed + " bytes of scratch but the stream has " +
                        std::to_string(stream_.scratch_bytes),
                    Gemm{mat(2, 4), mat(4, 3), out(2, 3)});
}

TEST_F(Door, ChecksSparseProducts) {
  expect_op_refused("spmm: A is [3, 4] but x is [5, 2]", Spmm{csr(3, 4), mat(5, 2), out(3, 2)});
  expect_op_refused("spmm: y is [3, 3] but A x is [3, 2]", Spmm{csr(3, 4), mat(4, 2), out(3, 3)});
  expect_op_refused("spmm: row_scale has 2 values but the number of rows of A is 3",
                    Spmm{csr(3, 4), mat(4, 2), out(3, 2), {vec(2), {}, {}}});
  expect_op_refused("spmm: y and x are the same memory; the output must not be an input",
                    Spmm{csr(4, 4), mat(4, 2), mat(4, 2)});
  double count = 0.0;
  SpmmOptions options;
  options.beta = -1.0f;
  expect_op_refused("spmm: beta is -1; it must be 0 or 1", Spmm{csr(3, 4), mat(4, 2), out(3, 2), options});
  options.beta = 0.0f;
  options.moments = {&count, vec<double>(2), vec<double>(3)};
  expect_op_refused("spmm: moments.m2 has 3 values but the number of columns is 2",
                    Spmm{csr(3, 4), mat(4, 2), out(3, 2), options});
  expect_op_refused("spmm: y is [0, 2]; moments need at least one row",
                    Spmm{csr(0, 4), mat(4, 2), out(0, 2), options});
  options.moments = {&count, vec<double>(2), vec<double>(2)};
  const std::string needed =
      std::to_string(backend_->scratch(Spmm{csr(3, 4), mat(4, 2), out(3, 2), options}));
  expect_op_refused("spmm needs " + needed + " bytes of scratch but the stream has 0",
                    Spmm{csr(3, 4), mat(4, 2), out(3, 2), options});
  CsrView a = csr(3, 4);
  a.num_edges = 1;
  expect_op_refused("spmm: A has 1 edges but no columns", Spmm{a, mat(4, 2), out(3, 2)});
  a.offsets = nullptr;
  expect_op_refused("spmm: A has 3 rows but no offsets", Spmm{a, mat(4, 2), out(3, 2)});
}

TEST_F(Door, ChecksTransposes) {
  expect_op_refused("transpose: offsets has 4 values but one more than the columns of A is 5",
                    Transpose{csr(3, 4), vec<EdgeId>(4), {}});
  expect_op_refused("transpose: cols has 1 values but the number of edges is 0",
                    Transpose{csr(3, 4), vec<EdgeId>(5), vec<NodeId>(1)});
}

TEST_F(Door, ChecksActivations) {
  Activation block;
  expect_op_refused("activate: y is [2, 2] but x is [2, 3]", Activate{mat(2, 3), block, out(2, 2)});
  block.norm.mean = vec(3);
  expect_op_refused("activate: norm.rstd has 0 values but the number of columns is 3",
                    Activate{mat(2, 3), block, out(2, 3)});
  block.norm = {{}, {}, vec(3), {}};
  expect_op_refused("activate: norm.gamma has 3 values but that of a block without mean is 0",
                    Activate{mat(2, 3), block, out(2, 3)});
  block.norm = {};
  block.row_ids = vec<NodeId>(1);
  expect_op_refused("activate: row_ids has 1 values but the number of rows is 2",
                    Activate{mat(2, 3), block, out(2, 3)});
  block.row_ids = {};
  block.dropout.rate = 0.5f;
  expect_op_refused("activate: dropout rate is 0.5 but there is no step state",
                    Activate{mat(2, 3), block, out(2, 3)});
  block.dropout.rate = 1.0f;
  expect_refused("activate: dropout rate is 1; it must be in [0, 1)", [&] {
    backend_->run(stream_, Activate{mat(2, 3), block, out(2, 3)});
  });
  block = {};
  expect_op_refused("activate_backward: dgamma has 3 values but the size of gamma is 0",
                    ActivateBackward{mat(2, 3), mat(2, 3), block, out(2, 3), vec(3), {}});
}

TEST_F(Door, ChecksTheMasksOfActivations) {
  Activation block;
  expect_op_refused("activate_backward_masks: the block has no normalisation",
                    ActivateBackwardMasks{mat(2, 3), mat(2, 3), block, out(2, 3), {}, {}, vec(6)});
  block.norm = {vec(3), vec(3), vec(3), vec(3)};
  expect_op_refused("activate_backward_masks: sums has 3 values but twice the number of columns is 6",
                    ActivateBackwardMasks{mat(2, 3), mat(2, 3), block, out(2, 3), vec(3), vec(3), vec(3)});
  expect_op_refused("activate_backward_masks: dy is [3, 3] but x is [2, 3]",
                    ActivateBackwardMasks{mat(2, 3), mat(3, 3), block, out(2, 3), vec(3), vec(3), vec(6)});
}

TEST_F(Door, ChecksWhatIsKnownOfProducts) {
  double count = 1.0;
  const auto moments = [&](std::int64_t c) { return Moments{&count, vec<double>(c), vec<double>(c)}; };
  expect_op_refused("product_moments: sw is [4, 2] but w is [4, 3]",
                    ProductMoments{moments(4), mat(4, 3), mat(4, 2), {}, moments(3)});
  expect_op_refused("product_moments: moments.sum has 3 values but the number of columns is 4",
                    ProductMoments{moments(3), mat(4, 3), mat(4, 3), {}, moments(3)});
  expect_refused("product_moments: moments have no count", [&] {
    backend_->run(
        stream_,
        ProductMoments{moments(4), mat(4, 3), mat(4, 3), {}, {nullptr, vec<double>(3), vec<double>(3)}});
  });
  expect_op_refused("product_moments: bias has 4 values but the number of columns of w is 3",
                    ProductMoments{moments(4), mat(4, 3), mat(4, 3), vec(4), moments(3)});
  Normalization norm;
  norm.gamma = vec(3);
  expect_op_refused("product_gradient: norm.rstd has 0 values but the number of columns is 3",
                    ProductGradient{mat(4, 3), mat(4, 3), moments(4), norm, vec(6), out(4, 3)});
  norm.rstd = vec(3);
  expect_op_refused("product_gradient: sums has 3 values but twice the number of columns is 6",
                    ProductGradient{mat(4, 3), mat(4, 3), moments(4), norm, vec(3), out(4, 3)});
  expect_op_refused("product_gradient: dw is [3, 4] but xg is [4, 3]",
                    ProductGradient{mat(4, 3), mat(4, 3), moments(4), norm, vec(6), out(3, 4)});
}

TEST_F(Door, ChecksBatchNorm) {
  double count = 0.0;
  const Moments moments{&count, vec<double>(3), vec<double>(3)};
  expect_op_refused("batch_norm_statistics: x is [0, 3]; statistics need at least one row",
                    BatchNormStatistics{mat(0, 3), moments});
  expect_op_refused("batch_norm_statistics: moments.sum has 3 values but the number of columns is 4",
                    BatchNormStatistics{mat(2, 4), moments});
  BatchNormState state{vec(3), vec(3), 0.0f, 0.1f};
  expect_op_refused("batch_norm_inference: epsilon is 0; it must be > 0",
                    BatchNormInference{state, vec(3), vec(3)});
  state = {vec(3), vec(3), 1e-5f, 0.0f};
  expect_op_refused("batch_norm_training: momentum is 0; it must be in (0, 1]",
                    BatchNormTraining{moments, state, vec(3), vec(3)});
  expect_op_refused("batch_norm_training: rstd has 2 values but the size of running_mean is 3",
                    BatchNormTraining{moments, state, vec(3), vec(2)});
}

TEST_F(Door, ChecksRowOps) {
  expect_op_refused("column_sums: out has 2 values but the number of columns is 3",
                    ColumnSums{mat(2, 3), vec(2)});
  expect_op_refused("gather_rows: x is [4, 3] but y is [2, 2]; they need as many columns",
                    GatherRows{mat(4, 3), vec<const NodeId>(2), out(2, 2)});
  expect_op_refused("gather_rows: 2 rows are asked of an x without rows",
                    GatherRows{mat(0, 3), vec<const NodeId>(2), out(2, 3)});
  expect_op_refused("scatter_rows: x is [2, 3] but y is [1, 3]; distinct rows of y cannot take them",
                    ScatterRows{mat(2, 3), vec<const NodeId>(2), out(1, 3)});
  expect_op_refused("scatter_rows: rows has 3 values but the number of rows of x is 2",
                    ScatterRows{mat(2, 3), vec<const NodeId>(3), out(4, 3)});
  expect_op_refused("scatter_rows: y and x are the same memory; the output must not be an input",
                    ScatterRows{mat(2, 3), vec<const NodeId>(2), mat(4, 3)});
  expect_op_refused("convert: y is [2, 2] but x is [2, 3]", Convert{mat(2, 3), out(2, 2)});
  expect_op_refused("convert: y and x are the same memory; the output must not be an input",
                    Convert{mat(2, 3), mat(2, 3)});
  expect_op_refused("argmax: x is [2, 0]; it needs at least one column",
                    Argmax{mat(2, 0), vec<std::int32_t>(2)});
  expect_op_refused(
      "count_correct: correct has 2 values but the number of split parts is 3",
      CountCorrect{mat(2, 3), vec<const std::int32_t>(2), vec<const std::uint8_t>(2), vec<std::int64_t>(2)});
}
TEST_F(Door, ChecksLossAndOptimiser) {
  expect_op_refused("log_softmax_nll: logits are [0, 3]; a mean needs at least one row and column",
                    LogSoftmaxNll{mat(0, 3), vec<const std::int32_t>(0), out(0, 3), vec<double>(1)});
  expect_op_refused("log_softmax_nll: labels has 1 values but the number of rows is 2",
                    LogSoftmaxNll{mat(2, 3), vec<const std::int32_t>(1), out(2, 3), vec<double>(1)});
  expect_op_refused("bce_with_logits: targets is [2, 2] but logits is [2, 3]",
                    BceWithLogits{mat(2, 3), out(2, 2), mat(2, 3), vec<double>(1)});
  expect_op_refused(
      "bce_with_logits: dlogits and targets are the same memory; the output must not be an input",
      BceWithLogits{mat(2, 3), out(2, 3), out(2, 3), vec<double>(1)});
  expect_op_refused("bce_with_logits: logits are [0, 3]; a mean needs at least one row and column",
                    BceWithLogits{mat(0, 3), out(0, 3), mat(0, 3), vec<double>(1)});
  const std::string needed =
      std::to_string(backend_->scratch(BceWithLogits{mat(2, 3), out(2, 3), mat(2, 3), {}}));
  expect_op_refused("bce_with_logits needs " + needed + " bytes of scratch but the stream has 0",
                    BceWithLogits{mat(2, 3), out(2, 3), mat(2, 3), vec<double>(1)});
  expect_op_refused("begin_step: there is no step state", BeginStep{nullptr});
  StepState state;
  expect_op_refused("adam: m has 1 values but the number of parameters is 2",
                    Adam{vec(2), vec<const float>(2), vec(1), vec(2), {}, {}, &state});
  expect_op_refused("adam: 2 parameters but no groups",
                    Adam{vec(2), vec<const float>(2), vec(2), vec(2), {}, {}, &state});
  expect_op_refused("adam: betas are 1 and 0.999; they must be in [0, 1)",
                    Adam{vec(2), vec<const float>(2), vec(2), vec(2), {}, {1.0f, 0.999f, 1e-8f}, &state});
}

TEST(InstructionSet, ComesFromTheEnvironmentOnlyWhenLeftOpen) {
  EXPECT_EQ(cpu::resolve_isa(Isa::kAuto, "portable"), Isa::kPortable);
  EXPECT_EQ(cpu::resolve_isa(Isa::kPortable, "nonsense"), Isa::kPortable);
  EXPECT_EQ(cpu::resolve_isa(Isa::kAuto, nullptr), supported_isas().back());
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument, [] { cpu::resolve_isa(Isa::kAuto, "sse9"); }),
            "WEFT_ISA is 'sse9'; set it to portable, avx2 or avx512, or unset it");
}

TEST(InstructionSet, ThatTheMachineLacksIsAnError) {
  if (isa_supported(Isa::kAvx512)) GTEST_SKIP() << "this machine has every instruction set";
  const std::string message =
      error_of(ErrorCode::kUnsupported, [] { cpu::resolve_isa(Isa::kAuto, "avx512"); });
  EXPECT_EQ(message.find("WEFT_ISA asks for avx512, which this machine cannot run; the widest it can is "),
            0u);
}

TEST(CpuBackend, NeedsLittleScratchAtTheSizesOfTraining) {
  for (const int threads : {1, 2, 7}) {
    const auto backend = make_cpu_backend({threads, Isa::kAuto});
    const Mat activation{nullptr, 169343, 256, 256}, weight{nullptr, 256, 256, 256};
    EXPECT_LE(backend->scratch(GemmTn{activation, activation, weight}), std::size_t{20} << 20);
    EXPECT_LE(backend->scratch(Gemm{activation, weight, activation}), std::size_t{1} << 20);
  }
}

TEST(CpuBackend, SaysWhatItIs) {
  const auto backend = make_cpu_backend({3, Isa::kPortable});
  EXPECT_STREQ(backend->name(), "cpu");
  EXPECT_EQ(backend->description(), cpu_model() + ", portable, 3 threads");
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument,
                     [] {
                       make_cpu_backend({-1, Isa::kAuto});
                     }),
            "the CPU backend got -1 threads; give at least 1, or 0 for all it may use");
}

}  // namespace
}  // namespace weft::testing
