// Dropout on the stored values of a sparse matrix: a thread for each entry finds its row by binary search in
// the offsets, which the caches answer, and makes the word that the dense matrix has there. Moves 12 bytes an
// entry; ten rounds of Philox for each are the larger half of the time.
#include "kernels/cuda/csr_search.cuh"
#include "kernels/cuda/cuda_backend.hpp"

namespace weft::WEFT_DEVICE_NS {
namespace {

constexpr int kThreads = 256;

struct Drop {
  const StepState* step = nullptr;  // null: nothing is dropped
  std::uint32_t layer = 0;
  std::uint32_t threshold = 0;
  float scale = 1.0f;
};

__global__ void drop_values_kernel(CsrView a, Drop drop, float* values) {
  const EdgeId e = global_thread();
  if (e >= a.num_edges) return;
  float value = a.weights == nullptr ? 1.0f : a.weights[e];
  if (drop.step != nullptr) {
    const StepState& step = *drop.step;
    const RandomKey key = random_key(step.seed, step.run, drop.layer, Purpose::kDropout, step.step);
    const auto col = static_cast<std::uint32_t>(a.cols[e]);
    const RandomBlock words = random_quad(key, row_of_edge(a.offsets, a.num_rows, e), col / 4);
    value = words.v[col % 4] < drop.threshold ? 0.0f : value * drop.scale;
  }
  values[e] = value;
}

}  // namespace

void CudaBackend::do_run(Stream&, const DropValues& op) {
  Drop drop;
  if (op.dropout.rate > 0.0f) {
    drop = {op.dropout.step, op.dropout.layer, drop_threshold(op.dropout.rate),
            1.0f / (1.0f - op.dropout.rate)};
  }
  launch(WEFT_KERNEL(drop_values_kernel), static_cast<unsigned>(ceil_div(op.a.num_edges, kThreads)), kThreads,
         kNoShared, queue_, op.a, drop, op.values.data);
}

}  // namespace weft::WEFT_DEVICE_NS
