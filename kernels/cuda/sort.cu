// sort.hpp by CUB's radix sort: stable, and the same for the same keys. Bound: a pass of 7 to 8 bits reads
// and writes 8 bytes of key and value, so 3 passes for 2^20 columns.
#include "kernels/cuda/sort.hpp"

#include <cub/device/device_radix_sort.cuh>
#include <cub/version.cuh>
#include <limits>
#include <type_traits>

namespace weft::cuda {
namespace {

// CUB counts in 64 bits since 1.16; CUDA 11.8 brings 1.15.
constexpr bool kCountsFar = CUB_VERSION >= 101600;
using Count = std::conditional_t<kCountsFar, std::int64_t, int>;

int bits_of_keys(NodeId key_end) {
  int bits = 1;
  while (bits < 31 && (NodeId{1} << bits) < key_end) ++bits;
  return bits;
}

/// With no scratch: tells its size.
void sort(const SortPairs& p, void* scratch, std::size_t& bytes, Queue queue) {
  if (p.size > std::numeric_limits<Count>::max()) {
    fail(ErrorCode::kUnsupported, "sort: ", p.size, " keys; CUB of CUDA 11 takes at most ",
         std::numeric_limits<Count>::max(), ", build with CUDA 12");
  }
  const cudaError_t status = cub::DeviceRadixSort::SortPairs(
      scratch, bytes, p.keys, p.sorted_keys, p.values, p.sorted_values, static_cast<Count>(p.size), 0,
      bits_of_keys(p.key_end), static_cast<cudaStream_t>(queue));
  check_launch(status, "cub::DeviceRadixSort::SortPairs");
}

}  // namespace

std::size_t sort_pairs_scratch(std::int64_t size, NodeId key_end) {
  SortPairs pairs;
  pairs.size = size;
  pairs.key_end = key_end;
  std::size_t bytes = 0;
  sort(pairs, nullptr, bytes, nullptr);
  return bytes;
}

void sort_pairs(Queue queue, const SortPairs& pairs, void* scratch, std::size_t scratch_bytes) {
  sort(pairs, scratch, scratch_bytes, queue);
  if (launches_are_synchronous()) wait_queue(queue);
}

}  // namespace weft::cuda
