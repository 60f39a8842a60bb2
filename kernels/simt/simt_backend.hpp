#pragma once
// How tests make the backend whose kernels run on the host.
#include <memory>

#include "kernels/cuda_backend.hpp"

namespace weft {

/// The CUDA backend's code with its kernels on fibers, one for each CUDA thread. Its memory is host memory:
/// at most WEFT_SIMT_MEMORY bytes of it when that is in the environment.
std::unique_ptr<Backend> make_simt_backend(const CudaOptions& options = {});

}  // namespace weft
