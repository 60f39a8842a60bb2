#pragma once
// Backends by the names that the command line gives them, and matrices in their memory.
#include <memory>
#include <string>

#include "kernels/buffer.hpp"
#include "kernels/cuda_backend.hpp"

namespace weft::bench {

/// What the command line says about where to compute.
struct DeviceOptions {
  std::string device = "auto";  // "auto", "cpu" or "cuda"
  int threads = 0;              // of the CPU; 0: every one the process may use
};

struct Device {
  std::shared_ptr<Backend> backend;
  int threads = 1;  // of the CPU, that what is not the backend's takes too

  bool is_cpu() const { return std::string(backend->name()) == "cpu"; }
};

/// "auto" is the GPU where one can be used, else the CPU. Errors: kUnsupported with what is missing.
Device open_device(const DeviceOptions& options, MathMode math = MathMode::kFp32);

/// A matrix of values in [-1, 1) in float32 or bf16, ld = cols; `zeros` of them, drawn at random, are 0.
class BenchMatrix {
 public:
  BenchMatrix(Backend& backend, Stream& stream, std::int64_t rows, std::int64_t cols, DType dtype,
              double zeros = 0.0);

  Mat view() const { return {memory_.data(), rows_, cols_, cols_, dtype_}; }

 private:
  Buffer<unsigned char> memory_;
  std::int64_t rows_;
  std::int64_t cols_;
  DType dtype_;
};

/// float32, and bf16 where the backend stores it.
std::vector<DType> stored_types(const Backend& backend);

}  // namespace weft::bench
