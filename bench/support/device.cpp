#include "bench/support/device.hpp"

#include <omp.h>

#include <random>
#include <vector>

#include "engine/devices.hpp"

namespace weft::bench {
namespace {

template <class T, class Convert>
void fill(Stream& stream, Buffer<unsigned char>& memory, std::int64_t count, double zeros,
          const Convert& convert) {
  std::minstd_rand random(1);
  const auto kept = static_cast<std::uint64_t>((1.0 - zeros) * 65536.0);
  std::vector<T> host(static_cast<std::size_t>(count));
  for (T& value : host) {
    const std::uint64_t drawn = random();
    const float number = static_cast<float>(drawn % 65536) / 32768.0f - 1.0f;
    value = convert((drawn >> 13) % 65536 < kept ? number : 0.0f);
  }
  memory.upload(stream, reinterpret_cast<const unsigned char*>(host.data()));
}

}  // namespace

Device open_device(const DeviceOptions& options, MathMode math) {
  const int threads = engine::thread_count(options.threads);
  omp_set_num_threads(threads);  // for yardsticks and products of one's own
  return {engine::make_backend({options.device, threads, math}, {}), threads};
}

BenchMatrix::BenchMatrix(Backend& backend, Stream& stream, std::int64_t rows, std::int64_t cols, DType dtype,
                         double zeros)
    : memory_(backend, rows * cols * static_cast<std::int64_t>(dtype_bytes(dtype)), "a bench's matrix"),
      rows_(rows),
      cols_(cols),
      dtype_(dtype) {
  if (dtype == DType::kBf16) {
    fill<Bf16>(stream, memory_, rows * cols, zeros, to_bf16);
  } else {
    fill<float>(stream, memory_, rows * cols, zeros, [](float value) { return value; });
  }
}

std::vector<DType> stored_types(const Backend& backend) {
  if (backend.stores_bf16()) return {DType::kF32, DType::kBf16};
  return {DType::kF32};
}

}  // namespace weft::bench
