#pragma once
// What the layers above may know of the CUDA backend: how to make one. It lives in libweft_cuda.so, which is
// opened when it is asked for, so that a program that trains on the CPU neither needs CUDA nor waits for it.
#include <memory>
#include <string>

#include "kernels/backend.hpp"

namespace weft {

/// How dense products round. Storage and sums are float32 in both.
enum class MathMode : std::uint8_t {
  kFp32,  ///< float32 throughout
  kTf32,  ///< factors rounded to 10 bits of mantissa, on tensor cores
};
/// "fp32" or "tf32".
inline const char* math_mode_name(MathMode mode) { return mode == MathMode::kTf32 ? "tf32" : "fp32"; }

struct CudaOptions {
  int device = 0;
  MathMode math = MathMode::kFp32;
};

/// Errors: kUnsupported with one line that says what is missing (the library, a driver, a device) and what to
/// do.
std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options = {});

/// What `weft doctor` says about the GPU: found or not, and why.
struct CudaStatus {
  bool usable = false;
  std::string problem;      // when not usable: one line, what is missing and what to do
  std::string library;      // path of libweft_cuda.so, empty when there is none
  std::string description;  // of the device, its driver and runtime, when usable
};
CudaStatus cuda_status();

}  // namespace weft
