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
  kGemm,    ///< c = a b + bias
  kGemmTn,  ///< c += a^T b
  kGemmNt,  ///< c = a b^T
};

/// No size is 0; a and b have one type, c is float32 or, where it is overwritten, bf16.
struct Product {
  ProductForm form;
  ConstMat a;
  ConstMat b;
  Mat c;
  const void* bias;  // [columns of c] in the type of c, or null
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
