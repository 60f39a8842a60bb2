#pragma once
// Dense products of row-major matrices on the device, as a library computes them: cuBLAS in
// products_cublas.cu, the CPU backend in kernels/simt/products.cpp.
#include <cstddef>
#include <memory>

#include "kernels/cuda/runtime.hpp"
#include "kernels/cuda_backend.hpp"

namespace weft::WEFT_DEVICE_NS {

/// The products there are, by the names of their ops.
enum class ProductForm : std::uint8_t {
  kGemm,    ///< c = a b + bias + beta c
  kGemmTn,  ///< c += a^T b, beta being 1
  kGemmNt,  ///< c = a b^T + beta c
};

/// No size is 0; a and b have one type, c is float32 or, but for kGemmTn, bf16.
struct Product {
  ProductForm form;
  ConstMat a;
  ConstMat b;
  Mat c;
  const void* bias;  // [columns of c] in the type of c, or null
  float beta;        // 0 or 1
};

class Products {
 public:
  virtual ~Products() = default;
  /// Bytes of scratch that every product may overwrite.
  virtual std::size_t scratch_bytes() const = 0;
  /// The same bits for the same product. Allocates nothing on the device. Errors: kUnsupported with the
  /// library's words.
  virtual void run(const Product& product, void* scratch) = 0;
};

std::unique_ptr<Products> make_products(Queue queue, MathMode math);

}  // namespace weft::WEFT_DEVICE_NS
