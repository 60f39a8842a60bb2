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

void CudaBackend::do_drop_values(Stream&, const CsrView& a, const Dropout& dropout, Vec<float> values) {
  Drop drop;
  if (dropout.rate > 0.0f) {
    drop = {dropout.step, dropout.layer, drop_threshold(dropout.rate), 1.0f / (1.0f - dropout.rate)};
  }
  launch(WEFT_KERNEL(drop_values_kernel), static_cast<unsigned>(ceil_div(a.num_edges, kThreads)), kThreads,
         kNoShared, queue_, a, drop, values.data);
}

}  // namespace weft::WEFT_DEVICE_NS
