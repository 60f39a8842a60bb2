// products.hpp by the CPU backend, whose sums have a fixed order too. Factors that it does not take as they
// are (bf16, or rounded for tensor cores) are widened first: the sums run in float32 either way.
#include "kernels/cuda/products.hpp"

#include <cstring>
#include <vector>

#include "kernels/buffer.hpp"
#include "kernels/cpu_backend.hpp"
#include "kernels/simt/device_memory.hpp"

namespace weft::simt {
namespace {

/// To 10 bits of mantissa, ties to even, as tensor cores take their factors.
float round_to_tf32(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  const bool finite = (bits & 0x7F800000u) != 0x7F800000u;
  if (finite) bits = (bits + 0x0FFFu + ((bits >> 13) & 1u)) & ~0x1FFFu;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

float element(const ConstMat& m, std::int64_t row, std::int64_t col) {
  if (m.dtype == DType::kF32) return m.row(row)[col];
  return to_float(static_cast<const Bf16*>(m.data)[row * m.ld + col]);
}

void tell_read(const ConstMat& m) {
  const std::size_t value = dtype_bytes(m.dtype);
  for (std::int64_t row = 0; row < m.rows; ++row) {
    host_read(static_cast<const char*>(m.data) + static_cast<std::size_t>(row * m.ld) * value,
              static_cast<std::size_t>(m.cols) * value);
  }
}

void tell_wrote(const Mat& m) {
  const std::size_t value = dtype_bytes(m.dtype);
  for (std::int64_t row = 0; row < m.rows; ++row) {
    host_wrote(static_cast<const char*>(m.data) + static_cast<std::size_t>(row * m.ld) * value,
               static_cast<std::size_t>(m.cols) * value);
  }
}

class HostProducts final : public Products {
 public:
  explicit HostProducts(MathMode math) : math_(math) {}

  std::size_t scratch_bytes() const override { return 0; }

  void run(const Product& p, void*) override {
    const HostAccess access;
    tell_read(p.a);
    tell_read(p.b);
    if (p.beta != 0.0f) tell_read(p.c);
    if (p.bias != nullptr) tell_read({p.bias, 1, p.c.cols, p.c.cols, p.c.dtype});
    multiply(p);
    tell_wrote(p.c);
  }

 private:
  void multiply(const Product& p) {
    const bool round = math_ == MathMode::kTf32;
    const ConstMat a = widened(p.a, round, a_);
    const ConstMat b = widened(p.b, round, b_);
    if (p.c.dtype == DType::kF32) return multiply(p, a, b, p.c);
    c_.resize(static_cast<std::size_t>(p.c.rows * p.c.cols));
    const Mat wide{c_.data(), p.c.rows, p.c.cols, p.c.cols};
    if (p.beta != 0.0f) widen(p.c, false, c_);
    multiply(p, a, b, wide);
    for (std::int64_t row = 0; row < wide.rows; ++row) {
      Bf16* to = static_cast<Bf16*>(p.c.data) + row * p.c.ld;
      for (std::int64_t col = 0; col < wide.cols; ++col) to[col] = to_bf16(wide.row(row)[col]);
    }
  }

  void multiply(const Product& p, ConstMat a, ConstMat b, Mat c) {
    switch (p.form) {
      case ProductForm::kGemm: {
        const std::int64_t biased = p.bias == nullptr ? 0 : c.cols;
        const ConstMat bias = widened({p.bias, 1, biased, biased, p.c.dtype}, false, bias_);
        return run_on_cpu(Gemm{a, b, c, {bias.f32(), biased}, p.beta});
      }
      case ProductForm::kGemmTn:
        return run_on_cpu(GemmTn{a, b, c});
      case ProductForm::kGemmNt:
        return run_on_cpu(GemmNt{a, b, c, p.beta});
    }
  }

  /// The matrix in float32, rounded where asked: itself, or a copy in `memory`.
  static ConstMat widened(const ConstMat& m, bool round, std::vector<float>& memory) {
    if (m.dtype == DType::kF32 && !round) return m;
    widen(m, round, memory);
    return {memory.data(), m.rows, m.cols, m.cols};
  }
  static void widen(const ConstMat& m, bool round, std::vector<float>& memory) {
    memory.clear();
    for (std::int64_t row = 0; row < m.rows; ++row) {
      for (std::int64_t col = 0; col < m.cols; ++col) {
        memory.push_back(round ? round_to_tf32(element(m, row, col)) : element(m, row, col));
      }
    }
  }

  template <class Op>
  void run_on_cpu(const Op& op) {
    const std::size_t bytes = cpu_->scratch(op);
    if (bytes > stream_.scratch_bytes) {
      scratch_ = Buffer<unsigned char>(*cpu_, static_cast<std::int64_t>(bytes), "products on the host");
    }
    stream_ = {nullptr, scratch_.data(), scratch_.bytes()};
    cpu_->run(stream_, op);
  }

  MathMode math_;
  std::unique_ptr<Backend> cpu_ = make_cpu_backend({1, Isa::kAuto});
  Buffer<unsigned char> scratch_;
  Stream stream_;
  std::vector<float> a_, b_, c_, bias_;
};

}  // namespace

std::unique_ptr<Products> make_products(Queue, MathMode math) { return std::make_unique<HostProducts>(math); }

}  // namespace weft::simt
