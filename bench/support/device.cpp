#include "bench/support/device.hpp"

#include <random>
#include <vector>

#include "kernels/cpu_backend.hpp"

namespace weft::bench {
namespace {

template <class T, class Convert>
void fill(Stream& stream, Buffer<unsigned char>& memory, std::int64_t count, const Convert& convert) {
  std::minstd_rand random(1);
  std::vector<T> host(static_cast<std::size_t>(count));
  for (T& value : host) value = convert(static_cast<float>(random() % 65536) / 32768.0f - 1.0f);
  memory.upload(stream, reinterpret_cast<const unsigned char*>(host.data()));
}

}  // namespace

std::unique_ptr<Backend> make_device(const std::string& name, MathMode math) {
  if (name == "cuda") return make_cuda_backend({0, math});
  WEFT_CHECK(name == "cpu", "no device '", name, "'; there are cpu and cuda");
  return make_cpu_backend();
}

BenchMatrix::BenchMatrix(Backend& backend, Stream& stream, std::int64_t rows, std::int64_t cols, DType dtype)
    : memory_(backend, rows * cols * static_cast<std::int64_t>(dtype_bytes(dtype)), "a bench's matrix"),
      rows_(rows),
      cols_(cols),
      dtype_(dtype) {
  if (dtype == DType::kBf16) {
    fill<Bf16>(stream, memory_, rows * cols, to_bf16);
  } else {
    fill<float>(stream, memory_, rows * cols, [](float value) { return value; });
  }
}

std::vector<DType> stored_types(const Backend& backend) {
  if (backend.stores_bf16()) return {DType::kF32, DType::kBf16};
  return {DType::kF32};
}

}  // namespace weft::bench
