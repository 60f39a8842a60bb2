#pragma once
// The same product by cuSPARSE, to compare with: spmm_cusparse.cu. The host execution has none of it
// (kernels/simt/spmm_cusparse.cpp).
#include <memory>
#include <vector>

#include "kernels/cuda/runtime.hpp"

namespace weft::WEFT_DEVICE_NS {

/// The methods that Cusparse knows; none on the host.
std::vector<SpmmMethod> cusparse_methods();

inline bool is_cusparse(SpmmMethod method) {
  return method == SpmmMethod::kCusparseAlg1 || method == SpmmMethod::kCusparseAlg2 ||
         method == SpmmMethod::kCusparseAlg3;
}

class Cusparse {
 public:
  virtual ~Cusparse() = default;
  /// y = A x. What the library prepares for a graph and a shape is kept for the next time; only the first
  /// time may device memory be allocated. Errors: kUnsupported for what the library cannot do, or in its
  /// words.
  virtual void spmm(const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options) = 0;
  /// Graphs are told apart by their addresses: gives up all that is kept, because memory gets a new owner.
  virtual void forget() noexcept = 0;
};

std::shared_ptr<Cusparse> make_cusparse(Queue queue);

}  // namespace weft::WEFT_DEVICE_NS
