// Dense products: cuBLAS computes them, because nothing written by hand comes nearer to the card's peak. This
// file adds what cuBLAS lacks: empty sums, and a bias that must have the type of the output.
#include "kernels/cuda/cuda_backend.hpp"
#include "kernels/cuda/products.hpp"

namespace weft::WEFT_DEVICE_NS {
namespace {

constexpr int kFillThreads = 256;
/// A copy of the bias, where one is needed, lies behind the library's scratch.
constexpr std::size_t kCopyAlignment = 256;
/// cuBLAS does not say how wide it reads a bias: it gets one at an address that every access of a GPU may
/// have.
constexpr std::uintptr_t kWidestAccess = 16;

std::size_t aligned(std::size_t bytes) {
  return (bytes + kCopyAlignment - 1) / kCopyAlignment * kCopyAlignment;
}

/// Every row of y is the bias, or zeros without one, and beta y. Writes n h values, reads h or n h: rare enough
/// for one value a thread.
__global__ void fill_rows_kernel(Mat y, const float* bias, float beta) {
  const std::int64_t i = global_thread();
  if (i >= y.rows * y.cols) return;
  const std::int64_t row = i / y.cols;
  const std::int64_t col = i % y.cols;
  const float value = bias == nullptr ? 0.0f : bias[col];
  if (y.dtype == DType::kBf16) {
    Bf16& to = static_cast<Bf16*>(y.data)[row * y.ld + col];
    const Bf16 rounded = to_bf16(value);  // as the bias of a product is
    to = beta == 0.0f ? rounded : to_bf16(to_float(rounded) + to_float(to));
  } else {
    float& to = y.row(row)[col];
    to = beta == 0.0f ? value : value + to;
  }
}

void fill_rows(Queue queue, Mat y, Vec<const float> bias, float beta) {
  const auto blocks = static_cast<unsigned>(ceil_div(y.rows * y.cols, kFillThreads));
  launch(WEFT_KERNEL(fill_rows_kernel), blocks, kFillThreads, kNoShared, queue, y, or_null(bias), beta);
}

}  // namespace

void CudaBackend::do_run(Stream& stream, const Gemm& op) {
  if (op.a.cols == 0) return fill_rows(queue_, op.c, op.bias, op.beta);
  const void* typed_bias = or_null(op.bias);
  const bool at_any_float = reinterpret_cast<std::uintptr_t>(op.bias.data) % kWidestAccess != 0;
  if (!op.bias.empty() && (op.c.dtype == DType::kBf16 || at_any_float)) {
    void* copy = static_cast<char*>(stream.scratch) + aligned(products_->scratch_bytes());
    const std::int64_t h = op.bias.size;
    do_run(stream, Convert{ConstMat{op.bias.data, 1, h, h}, Mat{copy, 1, h, h, op.c.dtype}});
    typed_bias = copy;
  }
  products_->run({ProductForm::kGemm, op.a, op.b, op.c, typed_bias, op.beta}, stream.scratch);
}

std::size_t CudaBackend::do_scratch(const Gemm& op) const {
  return aligned(products_->scratch_bytes()) + aligned(static_cast<std::size_t>(op.b.cols) * sizeof(float));
}

void CudaBackend::do_run(Stream& stream, const GemmTn& op) {
  products_->run({ProductForm::kGemmTn, op.a, op.b, op.c, nullptr, 1.0f}, stream.scratch);
}

std::size_t CudaBackend::do_scratch(const GemmTn&) const { return products_->scratch_bytes(); }

void CudaBackend::do_run(Stream& stream, const GemmNt& op) {
  if (op.a.cols == 0) return fill_rows(queue_, op.c, {}, op.beta);
  products_->run({ProductForm::kGemmNt, op.a, op.b, op.c, nullptr, op.beta}, stream.scratch);
}

std::size_t CudaBackend::do_scratch(const GemmNt&) const { return products_->scratch_bytes(); }

}  // namespace weft::WEFT_DEVICE_NS
