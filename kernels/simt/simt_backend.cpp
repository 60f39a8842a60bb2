#include "kernels/simt/simt_backend.hpp"

#include "kernels/cuda/cuda_backend.hpp"

namespace weft {

std::unique_ptr<Backend> make_simt_backend(const CudaOptions& options) {
  return std::make_unique<simt::CudaBackend>(options);
}

}  // namespace weft
