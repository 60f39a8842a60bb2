#pragma once
// Backends by the names that the command line gives them, and matrices in their memory.
#include <memory>
#include <string>

#include "kernels/buffer.hpp"
#include "kernels/cuda_backend.hpp"

namespace weft::bench {

/// "cpu" or "cuda". Errors: kUnsupported with what is missing.
std::unique_ptr<Backend> make_device(const std::string& name, MathMode math = MathMode::kFp32);

/// A matrix of values in [-1, 1) in float32 or bf16, ld = cols.
class BenchMatrix {
 public:
  BenchMatrix(Backend& backend, Stream& stream, std::int64_t rows, std::int64_t cols, DType dtype);

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
